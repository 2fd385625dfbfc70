// What has expired or was replaced is reclaimed: by a call, as from a cron job, and by a sweeper in the background.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { localBackend } from '@artifacts/backend-local';
import { ArtifactStore, hmacKeyring, startSweeper, type SweepReport } from '@artifacts/core';

const hour = 60 * 60 * 1000;
const folder = await mkdtemp(join(tmpdir(), 'artifacts-sweep-'));
try {
  // A clock of our own, so that a day takes no day.
  const clock = { now: Date.now() };
  const store = new ArtifactStore({
    backend: localBackend({ root: join(folder, 'store') }),
    signing: hmacKeyring({ active: 'k1', keys: { k1: randomBytes(32) } }),
    audience: 'example',
    now: () => clock.now,
  });
  const tenant = store.namespace('tenant a');
  await store.upload('preview', randomBytes(200_000), { ttlMs: 48 * hour });
  await store.upload('report', randomBytes(100_000));
  await store.upload('report', 'the second version');
  await tenant.upload('evidence', 'not to be lost', { ttlMs: hour, hold: true });

  assert.equal((await store.sweep()).counts.markers, 0);
  clock.now += 49 * hour;
  const planned = await store.sweep({ dryRun: true });
  const { removed, kept, counts } = await store.sweep();
  assert.deepEqual(removed, planned.removed);
  assert.deepEqual(removed, [
    { what: 'content', why: 'replaced', id: 'report', bytes: 100_000 },
    { what: 'artifact', why: 'expired', id: 'preview', bytes: 200_000 },
  ]);
  assert.deepEqual(kept, [{ id: 'evidence', namespace: 'tenant a', why: 'retained' }]);
  assert.equal(counts.bytes, 300_000);
  assert.equal(await (await store.download('report')).text(), 'the second version');

  await store.upload('again', 'for a moment', { ttlMs: hour });
  clock.now += 2 * hour;
  const reports: SweepReport[] = [];
  const sweeper = startSweeper(store, { every: 1000, onReport: (report) => reports.push(report) });
  // By itself a sweeper keeps no process alive; a server does.
  for (let waited = 0; reports.length === 0 && waited < 100; waited += 1) await setTimeout(100);
  await sweeper.stop();
  assert.equal(reports[0]?.counts.artifacts, 1);
  await store.close();
} finally {
  await rm(folder, { recursive: true, force: true });
}
