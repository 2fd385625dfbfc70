import { writeSync } from 'node:fs';

import { localBackend } from '../../src/index.ts';

// once <root>: creates, replaces and deletes one object, and says so after each.
const [, , root = ''] = process.argv;
const backend = localBackend({ root });
await backend.write('dir/key', Buffer.from('one'), { condition: { absent: true } });
writeSync(1, 'acknowledged create\n');
await backend.write('dir/key', Buffer.from('two'));
writeSync(1, 'acknowledged replace\n');
await backend.delete('dir/key');
writeSync(1, 'acknowledged delete\n');
