import assert from 'node:assert/strict';

import { describe, test } from 'vitest';

import type { Check } from './check.ts';
import { endingLabel, everySchedule } from './every-schedule.test-helper.ts';
import { initialMedium, type RaceState } from './initial-states.ts';
import { Media } from './medium.ts';
import { operations, type Operation, sweeping } from './operations.ts';
import { Races } from './races.ts';
import { Viewer } from './view.ts';

const { uploadSmall, uploadLarge, createSmall, updateExpiry, download, list, getMetadata } = operations;

/** Small enough to run every schedule one by one. */
const pairs: readonly (readonly [RaceState, Operation, Operation])[] = [
  ['absent', createSmall, createSmall],
  ['absent', uploadSmall, uploadLarge],
  ['small', uploadSmall, operations.delete],
  ['large', operations.delete, operations.delete],
  ['large', uploadSmall, download],
  ['large', operations.delete, list],
  ['large that will expire', updateExpiry, getMetadata],
  ['tombstone', uploadSmall, operations.delete],
  ['replaced', sweeping, createSmall],
];

describe('the explorer finds what running every schedule finds', () => {
  for (const [state, first, second] of pairs) {
    for (const crashes of [0, 1]) {
      test(`${first.name} and ${second.name} on ${state}, ${crashes} crashes`, { timeout: 60_000 }, async () => {
        const media = new Media();
        const initial = await initialMedium(media, state);
        const { revision = '10'.repeat(16) } = await new Viewer(media).view(initial);
        const real = await everySchedule([first, second], initial, revision, crashes);
        const found = new Set<string>();
        const collecting: Check = {
          title: 'every ending is collected',
          guarantee: 'I-15',
          broken: ({ events, medium }) => {
            const objects = Array.from(medium.objects, ([key, { bytes }]) => [key, bytes] as const);
            found.add(
              endingLabel(
                events.map(({ outcome }) => outcome),
                objects,
              ),
            );
            return undefined;
          },
        };
        const races = new Races(state, { crashes, checks: [collecting] });
        const explored = await races.explore([first, second]);
        races.dispose();
        assert.deepEqual([...found].toSorted(), [...real.endings].toSorted());
        assert.equal(explored.schedules, real.schedules);
      });
    }
  }
});
