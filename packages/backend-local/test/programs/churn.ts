import assert from 'node:assert/strict';

import { localBackend } from '../../src/index.ts';

// churn <root> <name> <rounds>: creates and deletes objects in directories that others create and delete in, too.
const [, , root = '', name = '', rounds = '0'] = process.argv;
const backend = localBackend({ root, durability: 'process' });
for (let round = 0; round < Number(rounds); round += 1) {
  const key = `shared/${round % 3}/deep/${name}`;
  await backend.write(key, Buffer.from(name), { condition: { absent: true } });
  assert.equal((await backend.read(key)).status, 'found');
  await backend.delete(key);
  assert.equal((await backend.read(key)).status, 'absent');
}
