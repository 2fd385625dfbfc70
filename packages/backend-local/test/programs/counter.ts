import { writeSync } from 'node:fs';

import { isArtifactError } from '@artifacts/core';

import { localBackend } from '../../src/index.ts';

// counter <root> <durability> <steps>: raises the number under `counter` by compare and swap, and says each one it wrote.
const [, , root = '', durability, steps = '0'] = process.argv;
const backend = localBackend({ root, durability: durability === 'full' ? 'full' : 'process' });
let done = 0;
while (done < Number(steps)) {
  const result = await backend.read('counter');
  if (result.status !== 'found') throw new Error('no counter');
  const chunks: Uint8Array[] = [];
  for await (const chunk of result.body) chunks.push(chunk);
  const next = Number(Buffer.concat(chunks).toString()) + 1;
  try {
    await backend.write('counter', Buffer.from(String(next)), { condition: { version: result.info.version } });
    writeSync(1, `${next}\n`);
    done += 1;
  } catch (error) {
    if (!isArtifactError(error, 'PRECONDITION_FAILED')) throw error;
  }
}
