import assert from 'node:assert/strict';

import { type ArtifactBackend, wrapBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { afterAll, describe, test } from 'vitest';

import type { BrokenBackend } from './broken-backends/broken-backend.test-helper.ts';
import { brokenBackends } from './broken-backends/index.test-helper.ts';
import { contractRules } from './contract-rules.ts';
import type { Harness } from './rule.ts';
import { runRule } from './run-rules.ts';

describe('every broken backend is caught by the rule that names its fault', () => {
  const caught: string[] = [];

  for (const { fault, caughtBy, breaks } of brokenBackends) {
    test(fault, async () => {
      const rule = contractRules.find(({ title }) => title === caughtBy);
      assert.ok(rule, `there is no rule "${caughtBy}"`);
      const good = await runRule(rule, () => onMemory(() => ({})));
      // A denial rule says nothing about the good backend, which denies nothing.
      assert.notEqual(good.outcome, 'broken', `"${caughtBy}" does not hold for the good backend`);
      const result = await runRule(rule, () => onMemory(breaks), { timeoutMs: 10_000 });
      assert.equal(result.outcome, 'broken', `"${caughtBy}" does not see it`);
      caught.push(fault);
    });
  }

  afterAll(() => {
    const proven = new Set(brokenBackends.map(({ caughtBy }) => caughtBy));
    const unproven = contractRules.filter(({ title }) => !proven.has(title));
    process.stdout.write(
      [
        `broken backends caught: ${caught.length} of ${brokenBackends.length}`,
        `rules shown to bite: ${contractRules.length - unproven.length} of ${contractRules.length}`,
        ...unproven.map(({ title }) => `  not shown: ${title}`),
        '',
      ].join('\n'),
    );
  });
});

/** A harness whose handles are faulty in the same way, over one good storage. */
function onMemory(breaks: BrokenBackend['breaks']): Harness {
  const good = memoryBackend();
  const handles: ArtifactBackend[] = [];
  return {
    open: () => {
      const handle = wrapBackend(good, breaks(good));
      handles.push(handle);
      return handle;
    },
    dispose: async () => {
      await Promise.allSettled(handles.map((handle) => handle.close()));
    },
  };
}
