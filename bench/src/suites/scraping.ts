import { createHash } from 'node:crypto';

import { ArtifactStore, isArtifactError } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { prometheusMetrics } from '@artifacts/metrics-prometheus';
import { Registry } from 'prom-client';

import { eachAtOnce } from '../at-once.ts';
import type { Suite } from '../bench.ts';
import { cpuMicrosecondsOf, secondsOf } from '../clock.ts';
import type { ObserversSettings } from '../observers-settings.ts';
import { median } from '../statistics.ts';
import { hmacKeys } from '../store.ts';
import { atMost, exactly } from '../targets.ts';

/** In milliseconds: often enough to meet many. */
const refreshMs = 5000;

/** Whether a scrape gets larger or slower with what happened before it. */
export const scraping: Suite<ObserversSettings> = {
  name: 'scraping',
  async run({ seed, hostile, scrapeEvery, atOnce }) {
    const register = new Registry();
    const metrics = prometheusMetrics({ register });
    const observers = [metrics];
    const store = new ArtifactStore({ backend: memoryBackend(), signing: hmacKeys(), audience: 'bench', observers });
    metrics.watch(store, { refreshMs });
    // As after a start: from then on it is known what is stored.
    await register.metrics();
    const scrapes: Scrape[] = [];
    for (let from = 0; from < hostile; from += scrapeEvery) {
      const numbers = Array.from({ length: scrapeEvery }, (_, index) => from + index);
      await eachAtOnce(numbers, atOnce, (n) => operation(store, hostileText(seed, n), n % 6));
      scrapes.push(await timedScrape(register));
    }
    await store.close();

    const [first = noScrape, last = noScrape] = [scrapes[0], scrapes.at(-1)];
    const times = scrapes.map(({ milliseconds }) => milliseconds);
    const processor = scrapes.map(({ cpuMilliseconds }) => cpuMilliseconds);
    const number = hostile.toLocaleString('en');
    return {
      name: 'scraping',
      title: 'A scrape',
      about: [
        `${number} operations on as many ids, which are hostile (quotes, braces, line ends, direction marks; seed ${seed}), with content types, names and metadata of their own, on a backend in memory: an upload, an upload with a download of it, a download of what is absent, an upload whose condition fails, getMetadata and a delete, in turn. After every ${scrapeEvery} of them there is a scrape, which is a call of \`register.metrics()\`.`,
        `The store is watched and has no ledger. A count of what it holds is good for ${refreshMs / 1000} seconds, so that some scrapes find that another one is due.`,
      ],
      races: [],
      tables: [
        {
          title: `${scrapes.length} scrapes during ${number} operations`,
          columns: ['what', 'value', 'unit'],
          rows: [
            ['processor time, median', median(processor), 'ms'],
            ['processor time, most', Math.max(...processor), 'ms'],
            ['by the clock, median', median(times), 'ms'],
            ['by the clock, longest', Math.max(...times), 'ms'],
            ['size of the last', Math.round(last.bytes / 1024), 'KiB'],
            ['series of the first', first.series, 'series'],
            ['series of the last', last.series, 'series'],
          ],
        },
      ],
      targets: [
        atMost('any scrape, by processor time', Math.max(...processor), 20, 'ms'),
        atMost('a scrape by the clock, median', median(times), 20, 'ms'),
        atMost('series of the store', Math.max(...scrapes.map(({ series }) => series)), 399, 'series'),
        exactly(
          `series after ${number} operations, to those after ${scrapeEvery}`,
          last.series,
          first.series,
          'series',
        ),
      ],
    };
  },
};

interface Scrape {
  readonly milliseconds: number;
  /** Of all threads, until the scrape has its text. */
  readonly cpuMilliseconds: number;
  readonly series: number;
  readonly bytes: number;
}
const noScrape: Scrape = { milliseconds: 0, cpuMilliseconds: 0, series: 0, bytes: 0 };

async function timedScrape(register: Registry): Promise<Scrape> {
  let text = '';
  let seconds = 0;
  const microseconds = await cpuMicrosecondsOf(async () => {
    seconds = await secondsOf(async () => {
      text = await register.metrics();
    });
  });
  return {
    milliseconds: 1000 * seconds,
    cpuMilliseconds: microseconds / 1000,
    series: text.match(/^[^#\n]/gm)?.length ?? 0,
    bytes: Buffer.byteLength(text),
  };
}

/** The end of each kind of line that a metric must never hold. */
function hostileText(seed: number, n: number): string {
  const unguessed = createHash('sha256').update(`${seed} ${n}`).digest('hex').slice(0, 12);
  return `"},evil="${n} \u202e\\{}#${unguessed}`;
}

async function operation(store: ArtifactStore, id: string, kind: number): Promise<void> {
  try {
    if (kind === 0)
      await store.upload(id, 'x', { name: id, contentType: `text/x-${kind}`, metadata: { [id]: id }, context: id });
    else if (kind === 1) await (await store.download((await store.upload(id, 'y')).id)).bytes();
    else if (kind === 2) await store.download(id);
    else if (kind === 3) await store.upload(id, 'x', { ifGeneration: 7 });
    else if (kind === 4) await store.getMetadata(id);
    else await store.delete(id);
  } catch (error) {
    if (!isArtifactError(error)) throw error;
  }
}
