import { memoryBackend } from '@artifacts/core/memory';

export default async () => {
  const backend = memoryBackend();
  await backend.write('precious', new Uint8Array(3));
  return backend;
};
