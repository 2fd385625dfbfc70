import { createHash } from 'node:crypto';
import { writeSync } from 'node:fs';

import { ArtifactStore, hmacKeyring, migrate } from '@artifacts/core';

import { localBackend } from '../../src/index.ts';

// migrator <from> <to> [stay]: moves a store, says how many artifacts were looked at after each, and at last what the report says.
// One that stays is there to be killed, however late.
const [, , from = '', to = '', stay] = process.argv;

function storeAt(root: string, audience: string): ArtifactStore {
  const key = createHash('sha256').update(audience).digest();
  const signing = hmacKeyring({ active: audience, keys: { [audience]: key } });
  return new ArtifactStore({ backend: localBackend({ root, durability: 'process' }), signing, audience });
}

const { manifest, ...report } = await migrate(storeAt(from, 'from'), storeAt(to, 'to'), {
  concurrency: 4,
  onProgress: ({ artifacts }) => void writeSync(1, `${artifacts}\n`),
});
writeSync(1, `${JSON.stringify({ ...report, manifest: Buffer.from(manifest ?? []).toString('base64') })}\n`);
if (stay !== undefined) setInterval(() => undefined, 1000);
