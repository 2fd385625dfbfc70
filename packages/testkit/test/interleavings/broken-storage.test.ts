import assert from 'node:assert/strict';

import { describe, test } from 'vitest';

import { brokenStorages } from './broken-storage.test-helper.ts';
import { Races } from './races.ts';

describe('a broken protocol does not pass', () => {
  test.each(brokenStorages)('$breaks is seen to break when storage $fault', async (broken) => {
    const { behaviour, options, state, race, breaks } = broken;
    const sound = new Races(state, options);
    const { violations: none } = await sound.explore(race);
    sound.dispose();
    const faulty = new Races(state, { ...options, behaviour });
    const { violations } = await faulty.explore(race);
    faulty.dispose();
    const guarantees = (list: typeof violations) => list.map(({ guarantee }) => guarantee);
    assert.ok(guarantees(violations).includes(breaks), `only ${guarantees(violations).join()} broke`);
    assert.ok(!guarantees(none).includes(breaks), 'it breaks without the fault, too');
  });
});
