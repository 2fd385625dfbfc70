const { memoryBackend } = require('@artifacts/core/memory');

exports.default = () => memoryBackend();
