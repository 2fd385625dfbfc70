import { writeSync } from 'node:fs';

import { localBackend } from '../../src/index.ts';
import { numbered, type SubjectKind, subjectOf } from '../support/subject.ts';

// series <root> <backend|store>: creates, replaces and deletes, small and large, one after the other, and says so as the writer does.
const [, , root = '', kind = ''] = process.argv;
const subject = subjectOf(kind as SubjectKind, localBackend({ root }));
const small = 10;
const large = 200_000;
const series = [
  ['a/b', small],
  ['a/b', large],
  ['a/b', undefined],
  ['a/b', small],
] as const;
for (const [index, [key, size]] of series.entries()) {
  const number = index + 1;
  writeSync(1, `begin ${key} ${number} ${size === undefined ? 'delete' : 'write'}\n`);
  if (size === undefined) await subject.delete(key);
  else await subject.write(key, numbered(key, number, Buffer.alloc(size, 'x')), size === large);
  writeSync(1, `done ${key} ${number}\n`);
}
