import { createHash } from 'node:crypto';

import { ArtifactStore, isArtifactError } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { prometheusMetrics } from '@artifacts/metrics-prometheus';
import { Registry } from 'prom-client';

import { eachAtOnce } from '../at-once.ts';
import type { Suite } from '../bench.ts';
import { secondsOf } from '../clock.ts';
import type { ObserversSettings } from '../observers-settings.ts';
import { median } from '../statistics.ts';
import { hmacKeys } from '../store.ts';
import { atMost, exactly } from '../targets.ts';

/** Whether a scrape gets larger or slower with what happened before it. */
export const scraping: Suite<ObserversSettings> = {
  name: 'scraping',
  async run({ seed, hostile, warm, atOnce, scrapes }) {
    const register = new Registry();
    const metrics = prometheusMetrics({ register });
    const observers = [metrics];
    const store = new ArtifactStore({ backend: memoryBackend(), signing: hmacKeys(), audience: 'bench', observers });
    metrics.watch(store);
    const operate = async (from: number, to: number): Promise<void> => {
      const numbers = Array.from({ length: to - from }, (_, index) => from + index);
      await eachAtOnce(numbers, atOnce, (n) => operation(store, hostileText(seed, n), n % 6));
    };

    await operate(0, warm);
    const before = await timedScrapes(register, 2);
    await operate(warm, hostile);
    const after = await timedScrapes(register, scrapes);
    const number = hostile.toLocaleString('en');
    return {
      name: 'scraping',
      title: 'A scrape',
      about: [
        `${number} operations on as many ids, which are hostile (quotes, braces, line ends, direction marks; seed ${seed}), with content types, names and metadata of their own, on a backend in memory: an upload, an upload with a download of it, a download of what is absent, an upload whose condition fails, getMetadata and a delete, in turn. The store is watched, so that a scrape also asks what is stored; a count is good for a minute.`,
        `Series were counted after ${warm} of the operations and after all. The times are of ${scrapes} calls of \`register.metrics()\` after them.`,
      ],
      races: [],
      tables: [
        {
          title: `Scrapes, with ${number} operations behind them`,
          columns: ['what', 'value', 'unit'],
          rows: [
            ['time, median', median(after.milliseconds), 'ms'],
            ['time, longest', Math.max(...after.milliseconds), 'ms'],
            ['size', Math.round(after.bytes / 1024), 'KiB'],
            [`series after ${warm} operations`, before.series, 'series'],
            [`series after ${number} operations`, after.series, 'series'],
          ],
        },
      ],
      targets: [
        atMost(`longest of ${scrapes} scrapes`, Math.max(...after.milliseconds), 20, 'ms'),
        atMost('series of the store', after.series, 399, 'series'),
        exactly(`series after ${number} operations, to those after ${warm}`, after.series, before.series, 'series'),
      ],
    };
  },
};

interface Scrapes {
  readonly milliseconds: readonly number[];
  readonly series: number;
  readonly bytes: number;
}

async function timedScrapes(register: Registry, count: number): Promise<Scrapes> {
  const milliseconds: number[] = [];
  let text = '';
  for (let n = 0; n < count; n += 1) {
    const seconds = await secondsOf(async () => {
      text = await register.metrics();
    });
    milliseconds.push(1000 * seconds);
  }
  return { milliseconds, series: text.match(/^[^#\n]/gm)?.length ?? 0, bytes: Buffer.byteLength(text) };
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
