import { wrapBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

/** Closes without waiting for what then fails. */
export default () => {
  const backend = memoryBackend();
  let used = false;
  return wrapBackend(backend, {
    write: (key, body, options) => {
      used = true;
      return backend.write(key, body, options);
    },
    close: async () => {
      if (used) void Promise.reject(new Error('the connection was lost'));
    },
  });
};
