import assert from 'node:assert/strict';

import type { Rule } from '../rule.ts';
import { content, MiB, text } from '../support/content.ts';
import { assertHolds } from '../support/expect.ts';
import { countTogether, deleteAgainstWrite, lockInTurn, raceToCreate, raceToSwap } from '../support/races.ts';
import { withProcesses } from '../support/with-processes.ts';

const ofProcesses = { since: '1.1', needs: 'otherProcess' } as const;

/** What several processes on one storage see of each other. */
export const processRules: readonly Rule[] = [
  {
    title: 'what one process wrote or deleted every other sees at once',
    guarantee: 'I-12',
    ...ofProcesses,
    run: (harness) =>
      withProcesses(harness, async ([writer, ...readers]) => {
        for (let round = 0; round < 5; round += 1) {
          await writer.write('shared', content(70_000, round));
          for (const reader of readers) await assertHolds(reader, 'shared', content(70_000, round));
        }
        await writer.delete('shared');
        for (const reader of readers) assert.equal((await reader.read('shared')).status, 'absent');
      }),
  },
  {
    title: 'of sixteen concurrent creates from four processes exactly one wins',
    guarantee: 'I-13',
    requires: 'createIfAbsent',
    ...ofProcesses,
    run: (harness) => withProcesses(harness, raceToCreate),
  },
  {
    title: 'of sixteen concurrent swaps of one version from four processes exactly one wins',
    guarantee: 'I-14',
    requires: 'compareAndSwap',
    ...ofProcesses,
    run: (harness) => withProcesses(harness, raceToSwap),
  },
  {
    title: 'a counter that four processes raise by compare and swap loses no step',
    guarantee: 'I-14',
    requires: 'compareAndSwap',
    ...ofProcesses,
    run: (harness) => withProcesses(harness, (handles) => countTogether(handles, 5)),
  },
  {
    title: 'a conditional delete and a conditional write of one version from two processes never both succeed',
    guarantee: 'I-15',
    requires: ['compareAndSwap', 'conditionalDelete'],
    ...ofProcesses,
    run: (harness) => withProcesses(harness, deleteAgainstWrite),
  },
  {
    title: 'a lock made of conditional create and conditional delete has one holder at a time among four processes',
    guarantee: 'I-15',
    requires: ['createIfAbsent', 'conditionalDelete'],
    ...ofProcesses,
    run: (harness) => withProcesses(harness, lockInTurn),
  },
  {
    title: 'a process that is killed in the middle of a write leaves what was there, and stops no other',
    guarantee: 'I-9',
    ...ofProcesses,
    run: (harness) =>
      withProcesses(harness, async ([killed, other]) => {
        const backend = await harness.open();
        await backend.write('kept', text('previous'));
        await killed.writeHalf('kept', content(6 * MiB));
        await killed.kill();
        await assertHolds(backend, 'kept', text('previous'));
        await assertHolds(other, 'kept', text('previous'));
        await other.write('kept', text('next'));
        await backend.discardUnfinished(new Date(Date.now() + 3_600_000));
        await assertHolds(backend, 'kept', text('next'));
      }),
  },
];
