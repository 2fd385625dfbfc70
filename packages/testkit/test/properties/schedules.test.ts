import assert from 'node:assert/strict';

import * as fc from 'fast-check';
import { test } from 'vitest';

import { brokenStorages } from '../interleavings/broken-storage.test-helper.ts';
import { allChecks } from '../interleavings/checks.ts';
import { type InitialState, initialStates } from '../interleavings/initial-states.ts';
import { type Behaviour, honest } from '../interleavings/medium.ts';
import { operations } from '../interleavings/operations.ts';
import { type Mishap, scheduledRace } from '../interleavings/scheduled-race.ts';
import { assertProperty, assertRefuted, timeout } from './runs.ts';

const states = fc.constantFrom(...(Object.keys(initialStates) as InitialState[]));
const mishaps: fc.Arbitrary<Mishap | undefined> = fc.option(
  fc.record({
    at: fc.integer({ min: 1, max: 8 }),
    kind: fc.constantFrom('crash before', 'crash after', 'request lost', 'answer lost'),
  }),
  { nil: undefined, freq: 1 },
);
const racers = fc.array(fc.record({ operation: fc.constantFrom(...Object.values(operations)), mishap: mishaps }), {
  minLength: 2,
  maxLength: 4,
});

test(
  'I-6 I-13 I-14 I-15 of up to four operations at once, in any order, crashing and losing answers, no promise is broken',
  { timeout },
  () => assertProperty('schedules of operations at once', keepsPromises(honest)),
);

// Those that a race of few calls on the same record shows.
const shown = brokenStorages.filter(({ options, breaks }) => options === undefined && breaks !== 'I-8');

test.each(shown.map(({ fault, behaviour }) => [fault, behaviour] as const))(
  'a storage that %s does not pass',
  { timeout },
  (_, behaviour) => assertRefuted(keepsPromises(behaviour), 2000),
);

function keepsPromises(behaviour: Behaviour): fc.IAsyncProperty<unknown> {
  return fc.asyncProperty(fc.scheduler(), states, racers, async (scheduler, state, racing) => {
    const ending = await scheduledRace(scheduler, state, racing, behaviour);
    for (const check of allChecks) {
      const problem = await check.broken(ending);
      assert.equal(problem, undefined, `${check.guarantee} ${check.title}: ${problem}, initially ${state}`);
    }
  });
}
