// Writes to the database at the path given until it is killed, and names each object when it is stored. With a number behind the
// path it ends after so many, without closing anything.
import { writeSync } from 'node:fs';

import { sqliteBackend } from '../dist/index.js';

const [path, first, count = Infinity] = process.argv.slice(2);
const backend = sqliteBackend({ path });

async function* blocks(number) {
  for (let block = 0; block < 3; block += 1) yield Buffer.alloc(700_000, number);
}

for (let number = Number(first); number < Number(first) + Number(count); number += 1) {
  await backend.write(`small/${number}`, Buffer.alloc(1000, number));
  writeSync(1, `small/${number}\n`);
  await backend.write(`large/${number}`, blocks(number));
  writeSync(1, `large/${number}\n`);
  await backend.write('replaced', Buffer.alloc(100_000, number));
  writeSync(1, `replaced ${number}\n`);
}
