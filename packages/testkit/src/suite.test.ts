import { expect, test } from 'vitest';

import { contractRules } from './contract-rules.ts';
import { describeBackend } from './node.ts';
import type { Rule } from './rule.ts';
import { runRule } from './run-rules.ts';
import { storeRules } from './store-rules.ts';
import { firstSuite, isBinding, type SuiteVersion, testkitVersion } from './suite.ts';

const [major = 0, minor = 0] = testkitVersion.split('.').map(Number);
const next: SuiteVersion = `${major}.${minor + 1}`;

const onNothing = () => Promise.reject(new Error('no storage'));

function cameIn(since: SuiteVersion | undefined): Rule {
  return { title: 'it holds', since, run: async () => {} };
}

test('a rule that came after the suite of a backend warns for one minor version, then binds', () => {
  const outcomes = ['1.0', '1.1', '1.2', '2.0'].map((current) => isBinding('1.1', '1.0', `${current}.3`));

  expect(outcomes).toEqual([false, false, true, true]);
});

test('rules of the suite of a backend and before it bind, and without a suite all do', () => {
  expect(isBinding('1.1', '1.1', '1.1.0')).toBe(true);
  expect(isBinding('1.9', '1.10', '1.10.0')).toBe(true);
  expect(isBinding('1.10', '1.9', '1.10.0')).toBe(false);
  expect(isBinding('2.0', '1.9', '2.0.0')).toBe(false);
  expect(isBinding('1.1', undefined, '1.1.0')).toBe(true);
});

test('a broken rule that does not bind yet is a warning with its error', async () => {
  expect((await runRule(cameIn(next), onNothing, { suite: firstSuite })).outcome).toBe('warning');
  expect(await runRule(cameIn(next), onNothing, { suite: next })).toMatchObject({
    outcome: 'broken',
    error: new Error('no storage'),
  });
  expect((await runRule(cameIn(undefined), onNothing, { suite: firstSuite })).outcome).toBe('broken');
  expect((await runRule(cameIn(next), onNothing)).outcome).toBe('broken');
});

test('a suite that is no minor version is refused before anything runs', async () => {
  const suite = '1' as SuiteVersion;

  await expect(runRule(cameIn(undefined), onNothing, { suite })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    field: 'suite',
  });
  expect(() => describeBackend('x', onNothing, { suite })).toThrow('a suite is a minor version of the testkit');
});

test('every rule came in a minor version that there is, or in the next', () => {
  const suites = new Set([...contractRules, ...storeRules].map(({ since = firstSuite }) => since));

  expect([...suites].filter((since) => !isBinding(since, next, testkitVersion))).toEqual([]);
});
