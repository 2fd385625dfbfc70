import { createHash, randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';

import { localBackend } from '../../src/index.ts';

// writer <root> <first sequence number>: writes, overwrites and deletes for ever, and says what it begins and what is done.
const [, , root = '', first = '1'] = process.argv;
const backend = localBackend({ root });
const sizes = [0, 1, 100, 5000, 70_000, 400_000];

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 60_000) yield bytes.subarray(start, start + 60_000);
}

async function work(worker: number): Promise<void> {
  for (let sequence = Number(first); ; sequence += 1) {
    const [random = 0, pick = 0] = randomBytes(2);
    const key = `worker-${worker}/${random % 3}`;
    if (pick % 8 === 0) {
      writeSync(1, `begin ${key} ${sequence} delete\n`);
      await backend.delete(key);
    } else {
      const body = randomBytes(sizes[pick % sizes.length] ?? 0);
      const head = `${key} ${sequence} ${createHash('sha256').update(body).digest('hex')}\n`;
      const bytes = Buffer.concat([Buffer.from(head), body]);
      writeSync(1, `begin ${key} ${sequence} write\n`);
      await backend.write(key, pick % 2 === 0 ? bytes : inChunks(bytes));
    }
    writeSync(1, `done ${key} ${sequence}\n`);
  }
}

await Promise.all([0, 1, 2, 3].map(work));
