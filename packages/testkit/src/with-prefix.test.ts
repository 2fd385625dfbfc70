import { withPrefix } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

import { describeBackend } from './vitest.ts';

const prefix = 'p/';

describeBackend('memory behind a prefix', async () => {
  const medium = memoryBackend();
  // Neighbours that no listing behind the prefix may show and nothing behind it may touch.
  for (const key of ['a', 'o/z', 'p', 'p-/a', 'p0', 'pp/a', 'q']) await medium.write(key, new Uint8Array(3));
  return {
    maxKeyBytes: 1024 - prefix.length,
    open: () => withPrefix(medium, prefix),
  };
});
