throw new Error('no such client');
