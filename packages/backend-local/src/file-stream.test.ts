import { expect, test } from 'vitest';

import { temporaryDirectory } from '../test/support/directory.ts';
import { nodeFileSystem } from './filesystem.ts';
import { localBackend } from './local-backend.ts';

test('a short range of a large file is closed like the large file it is, off the thread of the program', async () => {
  const root = await temporaryDirectory();
  await localBackend({ root }).write('large', new Uint8Array(3_000_000));
  const closes: string[] = [];
  const fs = {
    close(descriptor: number) {
      closes.push('close');
      return nodeFileSystem.close(descriptor);
    },
    closeQuickly(descriptor: number) {
      closes.push('closeQuickly');
      return nodeFileSystem.closeQuickly(descriptor);
    },
  };
  const result = await localBackend({ root, fs }).read('large', { range: { start: 0, end: 500_000 } });
  if (result.status !== 'found') throw new Error(result.status);
  let read = 0;
  for await (const chunk of result.body) read += chunk.length;
  expect(read).toBe(500_000);
  // Once for what it is, once for its bytes.
  expect(closes).toEqual(['close', 'close']);
});
