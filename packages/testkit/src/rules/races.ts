import type { Rule } from '../rule.ts';
import { twoHandles } from '../support/handles.ts';
import { countTogether, deleteAgainstWrite, lockInTurn, raceToCreate, raceToSwap } from '../support/races.ts';

/** What conditions promise when many use them at once, from two handles on one storage. */
export const raceRules: readonly Rule[] = [
  {
    title: 'of sixteen concurrent creates exactly one wins',
    guarantee: 'I-13',
    requires: 'createIfAbsent',
    run: async (harness) => raceToCreate(await twoHandles(harness)),
  },
  {
    title: 'of sixteen concurrent swaps of one version exactly one wins',
    guarantee: 'I-14',
    requires: 'compareAndSwap',
    run: async (harness) => raceToSwap(await twoHandles(harness)),
  },
  {
    title: 'a counter that eight workers raise by compare and swap loses no step',
    guarantee: 'I-14',
    requires: 'compareAndSwap',
    run: async (harness) => countTogether(await twoHandles(harness)),
  },
  {
    title: 'a conditional delete and a conditional write of one version never both succeed',
    guarantee: 'I-15',
    requires: ['compareAndSwap', 'conditionalDelete'],
    run: async (harness) => deleteAgainstWrite(await twoHandles(harness)),
  },
  {
    title: 'a lock made of conditional create and conditional delete has one holder at a time',
    guarantee: 'I-15',
    requires: ['createIfAbsent', 'conditionalDelete'],
    run: async (harness) => lockInTurn(await twoHandles(harness)),
  },
];
