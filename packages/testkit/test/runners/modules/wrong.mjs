export default () => new Map();
