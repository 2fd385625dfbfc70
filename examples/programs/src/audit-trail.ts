// Keep an audit trail that no operation can do without, and see that a change to it shows.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { auditLog, verifyAuditLog } from '@artifacts/audit';
import { ArtifactStore, ed25519, generateKeyPair, keyring } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

const folder = await mkdtemp(join(tmpdir(), 'audit-trail-'));
const file = join(folder, 'trail.jsonl');
const { privateKey, publicKey } = generateKeyPair();
const signing = keyring({ active: 'k1', keys: { k1: ed25519({ privateKey }) } });

const trail = auditLog({
  file,
  keyring: signing,
  actor: (context) => (typeof context === 'string' ? context : undefined),
});
const store = new ArtifactStore({ backend: memoryBackend(), signing, audience: 'example', audit: trail.sink });

await store.upload('report', 'all green', { hold: true, context: 'ada' });
await store.safe.delete('report', { context: 'bob' });
await store.close();
const head = await trail.close();
assert.ok(head);

// Whoever verifies needs no more than the public key, and the head, which is best kept elsewhere.
const verifying = keyring({ keys: { k1: ed25519({ publicKey }) } });
const report = await verifyAuditLog({ file, keyring: verifying, head });
assert.deepEqual([report.intact, report.lines, report.unsignedTail], [true, 6, 0]);

const text = await readFile(file, 'utf8');
const ends = text.split('\n').filter((line) => line.includes('"type":"end"'));
assert.deepEqual(
  ends.map((line) => /"actor":"(\w+)","outcome":"(\w+)"/.exec(line)?.slice(1)),
  [
    ['ada', 'ok'],
    ['bob', 'RETAINED'],
  ],
);

await writeFile(file, text.replace('"bob","outcome"', '"eve","outcome"'));
const { findings } = await verifyAuditLog({ file, keyring: verifying, head });
assert.deepEqual(
  findings.map(({ code, line }) => `${code} ${line}`),
  ['EDITED 5'],
);
await rm(folder, { recursive: true });
