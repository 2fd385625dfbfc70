import { memoryBackend } from '@artifacts/core/memory';

/** A harness by its own name, whose handles deny what they could do. */
export async function harness() {
  const backend = memoryBackend();
  const { wrapBackend, ArtifactError } = await import('@artifacts/core');
  const denying = wrapBackend(backend, {
    capabilities: async (options) => ({ ...(await backend.capabilities(options)), conditionalDelete: false }),
    delete: async (key, options) => {
      if (options?.condition !== undefined) throw new ArtifactError('UNSUPPORTED', 'no conditional delete');
      await backend.delete(key, options);
    },
  });
  return { name: 'denying', open: () => denying };
}
