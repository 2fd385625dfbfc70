import { createHash } from 'node:crypto';

import { type ArtifactBackend, ArtifactStore } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

import { eachAtOnce } from '../at-once.ts';
import type { Suite } from '../bench.ts';
import { randomBytes } from '../content.ts';
import type { LifecycleSettings } from '../lifecycle-settings.ts';
import { RequestCounter } from '../request-counter.ts';
import { hmacKeys } from '../store.ts';
import { atLeast, atMost } from '../targets.ts';

const day = 24 * 60 * 60 * 1000;
const smallBytes = 100;
/** Just too large to travel inside of its record. */
const largeBytes = 65 * 1024;

interface Swept {
  readonly stored: number;
  readonly what: string;
  readonly counter: RequestCounter;
}

/** Whether a sweep costs what is due, or what is stored. */
export const sweepCost: Suite<LifecycleSettings> = {
  name: 'sweep-cost',
  async run({ stored, due, atOnce }) {
    const swept: Swept[] = [];
    for (const count of stored) {
      const { backend, clock } = await filled(count, due, atOnce);
      clock.now += 3 * day;
      swept.push({ stored: count, what: 'expired artifacts', counter: await sweep(backend, clock, 'artifacts', due) });
      await addOrphans(backend, clock, due);
      swept.push({ stored: count, what: 'orphans', counter: await sweep(backend, clock, 'contents', due) });
    }
    const ratios = ['expired artifacts', 'orphans'].map((what) => {
      const [few, many] = swept.filter((each) => each.what === what).map(({ counter }) => counter.total);
      return { what, ratio: (many ?? Number.NaN) / (few ?? Number.NaN) };
    });
    const calls = ['list', 'read', 'write', 'delete', 'discardUnfinished'];
    return {
      name: 'sweep-cost',
      title: 'What a sweep costs',
      about: [
        `A backend in memory. ${due} artifacts of ${largeBytes / 1024} KiB have expired, among others that expire later; then ${due} contents are swept that killed uploads left behind. Requests are counted between the store and its backend; a listing counts once for every thousand keys that were taken from it.`,
      ],
      races: [],
      tables: [
        {
          title: `Requests for sweeping ${due}`,
          columns: ['stored', 'due', 'requests', ...calls],
          rows: swept.map(({ stored: count, what, counter }) => [
            count,
            `${due} ${what}`,
            counter.total,
            ...calls.map((call) => counter.counts.get(call) ?? 0),
          ]),
        },
      ],
      targets: ratios.flatMap(({ what, ratio }) => [
        atMost(`requests for ${due} ${what} of ${stored[1]}, to those of ${stored[0]}`, ratio, 1.1, 'x'),
        atLeast(`requests for ${due} ${what} of ${stored[1]}, to those of ${stored[0]}`, ratio, 0.9, 'x'),
      ]),
    };
  },
};

interface Clock {
  now: number;
}

function storeOn(backend: ArtifactBackend, clock: Clock): ArtifactStore {
  return new ArtifactStore({ backend, audience: 'bench', signing: hmacKeys(), now: () => clock.now });
}

async function filled(count: number, due: number, atOnce: number): Promise<{ backend: ArtifactBackend; clock: Clock }> {
  const clock = { now: Date.now() };
  const backend = memoryBackend({ now: () => clock.now });
  const store = storeOn(backend, clock);
  const bytes = randomBytes(largeBytes);
  const every = count / due;
  await eachAtOnce([...Array(count).keys()], atOnce, async (index) => {
    const isDue = index % every === 0;
    const source = isDue ? bytes : bytes.subarray(0, smallBytes);
    await store.upload(`item/${index}`, source, { ttlMs: (isDue ? 2 : 90) * day });
  });
  return { backend, clock };
}

async function sweep(
  backend: ArtifactBackend,
  clock: Clock,
  what: 'artifacts' | 'contents',
  due: number,
): Promise<RequestCounter> {
  const counter = new RequestCounter();
  const { counts } = await storeOn(counter.around(backend), clock).sweep();
  if (counts[what] !== due) throw new Error(`the sweep removed ${counts[what]} ${what}, not ${due}`);
  return counter;
}

/** As uploads leave it that were killed before their commit, a day ago. */
async function addOrphans(backend: ArtifactBackend, clock: Clock, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    const [marker, revision] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
    const id = `killed/${index}`;
    await backend.write(`pending/${clock.now - 1}-${marker}/${revision}/${id}`, new Uint8Array());
    await backend.write(
      `content/${createHash('sha256').update(id).digest('hex')}/${revision}`,
      randomBytes(largeBytes),
    );
  }
}
