import { localBackend } from '@artifacts/backend-local';
import { type ArtifactBackend, ArtifactStore, isArtifactError } from '@artifacts/core';

import type { Suite } from '../bench.ts';
import { randomBytes, stamped } from '../content.ts';
import type { LifecycleSettings } from '../lifecycle-settings.ts';
import { Random } from '../random.ts';
import { hmacKeys } from '../store.ts';
import { exactly } from '../targets.ts';

/** The shortest grace that a store takes, in milliseconds. */
const graceMs = 1000;
const idsPerWorker = 12;
const hour = 60 * 60 * 1000;
const smallBytes = 100;
const largeBytes = 100 * 1024;

/** What a worker knows to be stored under its ids, and nowhere else. */
type Known = Map<string, Buffer>;

interface Findings {
  lost: number;
  operations: number;
  again: number;
  sweeps: number;
  removed: number;
}

/** Whether sweeps that never stop lose anything, or leave anything. */
export const sweepLoop: Suite<LifecycleSettings> = {
  name: 'sweep-loop',
  async run({ operations, atOnce, seed }, scratch) {
    return scratch.folder('sweep-loop', async (root) => {
      const backend = localBackend({ root, durability: 'process' });
      const findings: Findings = { lost: 0, operations: 0, again: 0, sweeps: 0, removed: 0 };
      const known: Known = new Map();
      let working = true;
      const sweeping = [1, 2].map(() => sweepUntil(storeOn(backend, 0), () => !working, findings));
      const share = Math.ceil(operations / atOnce);
      await Promise.all(
        [...Array(atOnce).keys()].map((worker) =>
          work(storeOn(backend, 0), worker, share, new Random(seed + worker), known, findings),
        ),
      );
      working = false;
      await Promise.all(sweeping);
      // Long after: the sweeps of hours later, by their clock.
      for (const later of [hour, 2 * hour]) await storeOn(backend, later).sweep();
      const left = await leftBehind(backend, storeOn(backend, 2 * hour), known, findings);
      return {
        name: 'sweep-loop',
        title: 'Sweeps that never stop',
        about: [
          `${operations.toLocaleString('en')} uploads, overwrites and deletes on local, \`durability\` \`process\`, by ${atOnce} workers with seed ${seed}, each on ids of its own, some of 100 bytes and some of 100 KiB. Meanwhile two sweepers sweep again and again with a grace of ${graceMs} ms. Every worker reads back what it stored; a commit that comes later than half of the grace is refused and tried again.`,
        ],
        races: [],
        tables: [
          {
            title: 'What happened',
            columns: ['what', 'value'],
            rows: [
              ['operations', findings.operations],
              ['of them tried again', findings.again],
              ['sweeps meanwhile', findings.sweeps],
              ['contents and tombstones that they removed', findings.removed],
              ['artifacts in the end', known.size],
            ],
          },
        ],
        targets: [
          exactly('lost or changed, of what was acknowledged', findings.lost, 0, 'artifacts'),
          exactly('left behind, once all is swept', left, 0, 'objects'),
        ],
      };
    });
  },
};

function storeOn(backend: ArtifactBackend, ahead: number): ArtifactStore {
  const now = (): number => Date.now() + ahead;
  return new ArtifactStore({ backend, audience: 'bench', signing: hmacKeys(), graceMs, timeoutMs: 60_000, now });
}

async function sweepUntil(store: ArtifactStore, ended: () => boolean, findings: Findings): Promise<void> {
  while (!ended()) {
    const { counts } = await store.sweep();
    findings.sweeps += 1;
    findings.removed += counts.contents + counts.tombstones;
  }
}

async function work(
  store: ArtifactStore,
  worker: number,
  operations: number,
  random: Random,
  known: Known,
  findings: Findings,
): Promise<void> {
  for (let step = 0; step < operations; step += 1) {
    const id = `${worker}/${random.below(idsPerWorker)}`;
    if (random.below(4) === 0) {
      await untilDone(findings, () => store.delete(id));
      known.delete(id);
    } else {
      const bytes = stamped(randomBytes(random.below(2) === 0 ? smallBytes : largeBytes), worker * operations + step);
      await untilDone(findings, () => store.upload(id, bytes));
      known.set(id, bytes);
    }
    await lookFor(store, id, known, findings);
  }
}

/** A busy machine may need longer than half of so short a grace. */
async function untilDone(findings: Findings, operation: () => Promise<unknown>): Promise<void> {
  findings.operations += 1;
  for (;;) {
    try {
      await operation();
      return;
    } catch (error) {
      if (!isArtifactError(error) || !error.retryable) throw error;
      findings.again += 1;
    }
  }
}

async function lookFor(store: ArtifactStore, id: string, known: Known, findings: Findings): Promise<void> {
  const expected = known.get(id);
  const found = await store.download(id).then(
    (download) => download.bytes(),
    (error: unknown) => {
      if (isArtifactError(error, 'NOT_FOUND')) return undefined;
      throw error;
    },
  );
  const same = expected === undefined ? found === undefined : found !== undefined && expected.equals(found);
  if (!same) findings.lost += 1;
}

/** Objects beyond a record and a content for each artifact, and the format. Looks at every artifact once more. */
async function leftBehind(
  backend: ArtifactBackend,
  store: ArtifactStore,
  known: Known,
  findings: Findings,
): Promise<number> {
  let allowed = 1;
  for (const [id, bytes] of known) {
    await lookFor(store, id, known, findings);
    allowed += bytes.length > smallBytes ? 2 : 1;
  }
  let objects = 0;
  for await (const _ of backend.list({ prefix: '' })) objects += 1;
  return objects - allowed;
}
