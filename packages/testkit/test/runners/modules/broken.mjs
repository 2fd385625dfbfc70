import { ArtifactError, wrapBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

/** Takes deleting an absent object for an error, whose text gives away what it should not. */
export default () => {
  const backend = memoryBackend();
  return wrapBackend(backend, {
    delete: async (key, options) => {
      if ((await backend.read(key)).status === 'absent') {
        const secret = process.env['ACME_TOKEN'];
        throw new ArtifactError('NOT_FOUND', `https://user:pw@acme.test/${key}?sig=abc with ${secret}`);
      }
      await backend.delete(key, options);
    },
  });
};
