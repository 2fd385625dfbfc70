export default () => Promise.reject(new Error('connect ECONNREFUSED'));
