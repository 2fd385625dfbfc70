// Keeps an audit trail with what was installed, and finds a change in it.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { auditLog, verifyAuditLog } from '@artifacts/audit';
import { ArtifactStore, generateKey, hmacKeyring } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

const file = './audit-trail/trail.jsonl';
const keyring = hmacKeyring({ active: 'k1', keys: { k1: generateKey() } });
const trail = auditLog({ file, keyring });
const store = new ArtifactStore({
  backend: memoryBackend(),
  signing: keyring,
  audience: 'consumers',
  audit: trail.sink,
});
await store.upload('a', 'x');
const head = await trail.close();

assert.equal((await verifyAuditLog({ file, keyring, head })).intact, true);
await writeFile(file, (await readFile(file, 'utf8')).replace('"outcome":"ok"', '"outcome":"NO"'));
const { findings } = await verifyAuditLog({ file, keyring });
assert.deepEqual(
  findings.map(({ code, line }) => [code, line]),
  [['EDITED', 3]],
);
