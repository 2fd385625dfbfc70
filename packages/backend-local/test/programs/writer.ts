import { writeSync } from 'node:fs';

import { localBackend } from '../../src/index.ts';
import { type Flaw, flaws } from '../support/flaws.ts';
import { randomFrom } from '../support/random.ts';
import { numbered, type SubjectKind, subjectOf } from '../support/subject.ts';

// writer <root> <backend|store> <first number> <seed> [flaw] [early]: writes, overwrites and deletes for ever, and says what it
// begins and what is done. With `early` it says so before it is.
const [, , root = '', kind = '', first = '1', seed = '0', flaw = 'none', early] = process.argv;
const subject = subjectOf(kind as SubjectKind, localBackend({ root, ...flaws[flaw as Flaw] }));
const random = randomFrom(Number(seed));
const sizes = [0, 1, 100, 5000, 70_000, 400_000];

function below(limit: number): number {
  return Math.floor(random() * limit);
}

async function work(worker: number): Promise<void> {
  for (let number = Number(first); ; number += 1) {
    const key = `worker-${worker}/${below(3)}`;
    const isDelete = below(8) === 0;
    const size = sizes[below(sizes.length)] ?? 0;
    const bytes = numbered(key, number, Buffer.alloc(size, Math.floor(random() * 2 ** 32).toString(36)));
    const asStream = below(2) === 0;
    writeSync(1, `begin ${key} ${number} ${isDelete ? 'delete' : 'write'}\n`);
    const done = isDelete ? subject.delete(key) : subject.write(key, bytes, asStream);
    if (early === undefined) await done;
    writeSync(1, `done ${key} ${number}\n`);
    await done;
  }
}

await Promise.all([0, 1, 2, 3].map(work));
