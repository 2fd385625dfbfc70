import { memoryBackend } from '@artifacts/core/memory';

import { describeBackend } from './vitest.ts';

describeBackend('memory', () => {
  const backend = memoryBackend();
  return { open: () => backend };
});
