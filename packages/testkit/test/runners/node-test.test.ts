import { expect, test } from 'vitest';

import { moduleAt, runProgram } from './run-program.ts';

test('node:test gets one test for each rule: what is broken fails, what is denied is skipped with the reason', () => {
  const { status, stdout } = runProgram(['--test-reporter=tap', moduleAt('tests.mjs')]);

  const lines = stdout.split('\n').map((line) => line.trim());
  expect(lines.filter((line) => /^(?:not )?ok \d/.test(line))).toEqual([
    'not ok 1 - I-16 deleting an absent object is no error, however often',
    expect.stringMatching(/^ok 2 - .*a delete with the present version deletes$/),
    'not ok 1 - broken',
    'ok 1 - I-16 deleting an absent object is no error, however often',
    expect.stringMatching(/^ok 2 - .*a delete with the present version deletes # SKIP conditionalDelete not claimed$/),
    'ok 2 - denying',
  ]);
  expect(status).toBe(1);
});
