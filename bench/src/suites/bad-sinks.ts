import { setTimeout as wait } from 'node:timers/promises';

import { isArtifactError, type ArtifactStore } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

import type { Suite } from '../bench.ts';
import { idle, type ObservedLane } from '../lanes/observed.ts';
import { raceObserved } from '../observed-race.ts';
import type { ObserversSettings } from '../observers-settings.ts';
import { openStore } from '../store.ts';
import { atLeast, exactly, timesAsFast } from '../targets.ts';

const failure = new Error('the sink failed');

const bad: readonly ObservedLane[] = [
  lane('one that throws', 'throws at every start and end', () => {
    throw failure;
  }),
  lane('one that rejects', 'gives a promise that rejects', async () => {
    throw failure;
  }),
  lane('one that blocks', 'gives a promise that never settles', () => new Promise(() => undefined)),
  lane('one that is slow', 'gives a promise that settles with its batch, after 20 ms', () => {
    batch ??= wait(20).then(() => (batch = undefined));
    return batch;
  }),
];
let batch: Promise<undefined> | undefined;

/** What comes of an observer that fails. */
export const badSinks: Suite<ObserversSettings> = {
  name: 'bad-sinks',
  async run(settings, scratch) {
    const expected = await outcomesOf(idle);
    let changed = 0;
    for (const each of bad) {
      const found = await outcomesOf(each);
      changed += found.filter((outcome, index) => outcome !== expected[index]).length;
    }
    const { clock, processor } = await raceObserved([idle, ...bad], idle, settings, scratch);
    return {
      name: 'bad-sinks',
      title: 'Sinks that fail',
      about: [
        'The same uploads and downloads as above, watched by observers that fail in every way an observer can but one: what keeps the thread busy keeps everybody waiting. They are compared with an observer that does nothing.',
        `Outcomes are those of ${expected.length} operations of every kind, among them refused ones.`,
      ],
      races: [processor, clock],
      tables: [],
      targets: [
        exactly('outcomes that are different', changed, 0, ''),
        ...bad.map(({ name }) =>
          atLeast(
            `operations watched by ${name}, to those by ${idle.name}, by processor time`,
            timesAsFast(processor, name, idle.name),
            0.95,
            'x',
          ),
        ),
      ],
    };
  },
};

function lane(name: string, does: string, told: () => unknown): ObservedLane {
  return { name, does, observers: () => [{ start: told, end: told }] };
}

/** What became of a script of operations, in their order. */
async function outcomesOf({ observers }: ObservedLane): Promise<string[]> {
  const store = openStore(memoryBackend(), { observers: observers() });
  const outcomes: string[] = [];
  for (const operation of script) {
    try {
      outcomes.push(JSON.stringify(await operation(store)));
    } catch (error) {
      if (!isArtifactError(error)) throw error;
      outcomes.push(error.code);
    }
  }
  return outcomes;
}

const script: readonly ((store: ArtifactStore) => Promise<unknown>)[] = [
  async (store) => (await store.upload('a', 'one')).generation,
  async (store) => (await store.upload('a', 'two', { ifGeneration: 1 })).generation,
  async (store) => store.upload('a', 'three', { ifGeneration: 1 }),
  async (store) => store.upload('a', 'four', { ifGeneration: 0 }),
  async (store) => (await store.download('a')).text(),
  async (store) => store.download('b'),
  async (store) => (await store.update('a', { hold: true })).hold,
  async (store) => store.delete('a'),
  async (store) => (await store.update('a', { hold: false })).hold,
  async (store) => (await store.getMetadata('a'))?.sizeBytes,
  async (store) => (await store.page()).artifacts.length,
  async (store) => store.delete('a'),
  async (store) => store.delete('a'),
  async (store) => (await store.usage()).count,
  async (store) => (await store.sweep()).counts,
];
