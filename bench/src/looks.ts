import type { ArtifactBackend } from '@artifacts/core';

import { eachAtOnce } from './at-once.ts';
import { secondsOf } from './clock.ts';
import { randomBytes } from './content.ts';
import type { CoreSettings } from './core-settings.ts';
import { Counter, type Counts } from './counting.ts';
import { collectGarbage } from './garbage.ts';
import type { Race } from './results.ts';
import { Tally } from './rounds.ts';
import { hmacSha256, keysOf } from './signatures.ts';
import { openStore } from './store.ts';
import { takeAll } from './take-all.ts';

const [bare, first, again] = ['the backend alone', 'the first time', 'again'] as const;

/** Two looks at so many artifacts on one medium: how long the listings took, and what was asked for. */
export interface Looks {
  readonly medium: string;
  readonly race: Race;
  readonly counts: {
    readonly metadata: Counts;
    readonly metadataAgain: Counts;
    readonly listing: Counts;
    readonly listingAgain: Counts;
  };
}

export async function lookTwice(
  medium: string,
  backend: ArtifactBackend,
  count: number,
  { atOnce, rounds }: CoreSettings,
): Promise<Looks> {
  const counter = new Counter();
  const open = () => openStore(counter.backend(backend), { signing: keysOf(counter.signatures(hmacSha256)) });
  await fill(backend, count, atOnce);

  const store = open();
  const metadata = await counter.during(() => store.getMetadata(idOf(0)));
  const metadataAgain = await counter.during(() => store.getMetadata(idOf(0)));

  const times = new Tally();
  let [listing, listingAgain] = [metadata, metadataAgain];
  for (let round = 0; round <= rounds; round += 1) {
    const lister = open();
    const timed = (lane: string, items: AsyncIterable<unknown>): Promise<Counts> =>
      counter.during(async () => {
        collectGarbage();
        times.add(lane, round, 1000 * (await secondsOf(() => takeAll(items, count))));
      });
    await timed(bare, backend.list({ prefix: 'records/' }));
    listing = await timed(first, lister.list());
    listingAgain = await timed(again, lister.list());
  }
  const lanes = [
    { name: bare, does: 'keys, sizes and versions' },
    { name: first, does: 'reads and verifies every record' },
    { name: again, does: 'takes from its cache what is there' },
  ].map((lane) => ({ ...lane, rounds: times.of(lane.name) }));
  const race = {
    title: `Listing ${count.toLocaleString('en')} artifacts, ${medium}`,
    unit: 'ms',
    baseline: bare,
    lanes,
  };
  return { medium, race, counts: { metadata, metadataAgain, listing, listingAgain } };
}

async function fill(backend: ArtifactBackend, count: number, atOnce: number): Promise<void> {
  const store = openStore(backend);
  const content = randomBytes(100);
  const ids = Array.from({ length: count }, (_, index) => idOf(index));
  await eachAtOnce(ids, atOnce, async (id) => {
    await store.upload(id, content);
  });
}

function idOf(index: number): string {
  return `item-${String(index).padStart(6, '0')}`;
}
