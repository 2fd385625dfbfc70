import { isArtifactError, type ArtifactStore } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

import type { Suite } from '../bench.ts';
import { badAudits, badObservers, goodAudit } from '../lanes/bad-sinks.ts';
import { idle, type ObservedLane } from '../lanes/observed.ts';
import { raceObserved } from '../observed-race.ts';
import type { ObserversSettings } from '../observers-settings.ts';
import type { Scratch } from '../scratch.ts';
import { openStore } from '../store.ts';
import { atLeast, exactly, timesAsFast } from '../targets.ts';

/** What comes of a sink that fails. */
export const badSinks: Suite<ObserversSettings> = {
  name: 'bad-sinks',
  async run(settings, scratch) {
    const expected = await outcomesOf(idle, scratch);
    let changed = 0;
    for (const each of [...badObservers, goodAudit, ...badAudits]) {
      const found = await outcomesOf(each, scratch);
      changed += found.filter((outcome, index) => outcome !== expected[index]).length;
    }
    const observers = await raceObserved('Observers that fail', [idle, ...badObservers], idle, settings, scratch);
    const audits = await raceObserved('Audit logs that fail', [goodAudit, ...badAudits], goodAudit, settings, scratch);
    const kept = ({ processor }: typeof audits, lanes: readonly ObservedLane[], good: ObservedLane) =>
      lanes.map(({ name }) =>
        atLeast(
          `operations watched by ${name}, to those by ${good.name}, by processor time`,
          timesAsFast(processor, name, good.name),
          0.95,
          'x',
        ),
      );
    return {
      name: 'bad-sinks',
      title: 'Sinks that fail',
      about: [
        'The same uploads and downloads as above, watched by observers that fail in every way an observer can but one: what keeps the thread busy keeps everybody waiting. They are compared with an observer that does nothing, audit logs into streams that fail with one into a stream that takes everything.',
        `Outcomes are those of ${expected.length} operations of every kind, among them refused ones.`,
      ],
      races: [observers.processor, observers.clock, audits.processor, audits.clock],
      tables: [],
      targets: [
        exactly('outcomes that are different', changed, 0, ''),
        ...kept(observers, badObservers, idle),
        ...kept(audits, badAudits, goodAudit),
      ],
    };
  },
};

/** What became of a script of operations, in their order. */
async function outcomesOf({ watch }: ObservedLane, { root }: Scratch): Promise<string[]> {
  const store = openStore(memoryBackend(), { observers: watch(root).observers });
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
