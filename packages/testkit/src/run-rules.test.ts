import assert from 'node:assert/strict';

import { memoryBackend } from '@artifacts/core/memory';
import { describe, test } from 'vitest';

import { contractRules } from './contract-rules.ts';
import { notApplicable, type Rule, ruleTitle } from './rule.ts';
import { runRule, runRules } from './run-rules.ts';
import { summary } from './summary.ts';

const holds: Rule = { title: 'it holds', guarantee: 'I-6', run: async () => {} };
const breaks: Rule = { title: 'it breaks', run: () => Promise.reject(new Error('broken')) };
const denied: Rule = { title: 'it is denied', denies: 'createIfAbsent', run: async () => {} };

const onMemory = () => ({ open: () => memoryBackend() });

describe('running rules', () => {
  test('a rule that resolves held, one that rejects is broken with its error', async () => {
    assert.equal((await runRule(holds, onMemory)).outcome, 'held');
    const result = await runRule(breaks, onMemory);
    assert.ok(result.outcome === 'broken');
    assert.equal((result.error as Error).message, 'broken');
  });

  test('a rule that throws at once is broken', async () => {
    const rule: Rule = {
      title: 'it throws',
      run() {
        throw new Error('at once');
      },
    };
    assert.equal((await runRule(rule, onMemory)).outcome, 'broken');
  });

  test('a rule that does not end is broken, and its storage is disposed of', async () => {
    let disposed = 0;
    const rule: Rule = { title: 'it hangs', run: () => new Promise(() => {}) };
    const result = await runRule(rule, () => ({ ...onMemory(), dispose: async () => void (disposed += 1) }), {
      timeoutMs: 10,
    });
    assert.ok(result.outcome === 'broken');
    assert.match(String(result.error), /did not end within 10 ms/);
    assert.equal(disposed, 1);
  });

  test('a harness that cannot be made is a broken rule', async () => {
    const result = await runRule(holds, () => Promise.reject(new Error('no server')));
    assert.ok(result.outcome === 'broken');
    assert.match(String(result.error), /no server/);
  });

  test('every rule gets a storage of its own, disposed of before the next', async () => {
    const events: string[] = [];
    const results = await runRules([holds, breaks, denied], () => {
      events.push('made');
      return { ...onMemory(), dispose: async () => void events.push('disposed') };
    });
    assert.deepEqual(events, ['made', 'disposed', 'made', 'disposed', 'made', 'disposed']);
    assert.equal(summary(results), '1 rule passed, 0 denied honestly, 1 broken, 1 not applicable');
  });

  test('a rule applies when all it requires is claimed and what it denies is not', () => {
    const claims = { createIfAbsent: true, compareAndSwap: true, conditionalDelete: false };
    assert.equal(notApplicable(holds, claims), undefined);
    assert.equal(notApplicable({ ...holds, requires: ['createIfAbsent', 'compareAndSwap'] }, claims), undefined);
    assert.equal(
      notApplicable({ ...holds, requires: ['createIfAbsent', 'conditionalDelete'] }, claims),
      'conditionalDelete not claimed',
    );
    assert.equal(notApplicable(denied, claims), 'createIfAbsent claimed');
    assert.equal(notApplicable({ ...denied, denies: 'conditionalDelete' }, claims), undefined);
  });
});

describe('the rules of the contract', () => {
  test('each has a title of its own that begins with its guarantee where it has one', () => {
    const titles = contractRules.map(({ title }) => title);
    assert.equal(new Set(titles).size, titles.length);
    assert.equal(ruleTitle(holds), 'I-6 it holds');
    assert.equal(ruleTitle(breaks), 'it breaks');
  });
});
