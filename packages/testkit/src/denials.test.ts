import assert from 'node:assert/strict';

import { type ArtifactBackend, ArtifactError, type WriteCondition, wrapBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { describe, test } from 'vitest';

import { contractRules } from './contract-rules.ts';
import { denialRules } from './rules/denials.ts';
import type { Capability } from './rule.ts';
import { runRules } from './run-rules.ts';
import { describeBackend } from './vitest.ts';

const all: readonly Capability[] = ['createIfAbsent', 'compareAndSwap', 'conditionalDelete'];

for (const denied of [all, ...all.map((capability) => [capability])]) {
  describeBackend(`memory without ${denied.join(', ')}`, () => {
    const backend = without(denied);
    return { open: () => backend };
  });
}

describe('what is denied is tested as a denial', () => {
  test('rules that need a capability are not run where it is not claimed', async () => {
    const results = await runRules(contractRules, () => {
      const backend = without(all);
      return { open: () => backend };
    });
    for (const { rule, outcome } of results) {
      assert.equal(
        outcome,
        rule.requires === undefined && rule.needs === undefined ? 'held' : 'not applicable',
        rule.title,
      );
    }
  });

  test('each capability has a denial rule, which is not run where it is claimed', async () => {
    assert.deepEqual(new Set(denialRules.map(({ denies }) => denies)), new Set(all));
    const results = await runRules(denialRules, () => ({ open: () => memoryBackend() }));
    for (const { rule, outcome } of results) assert.equal(outcome, 'not applicable', rule.title);
  });
});

/** A memory backend that denies these capabilities and means it. */
function without(denied: readonly Capability[]): ArtifactBackend {
  const good = memoryBackend();
  const assertClaimed = (capability: Capability) => {
    if (denied.includes(capability)) throw new ArtifactError('UNSUPPORTED', `${capability} is denied`);
  };
  return wrapBackend(good, {
    capabilities: async (options) => ({
      ...(await good.capabilities(options)),
      ...Object.fromEntries(denied.map((capability) => [capability, false])),
    }),
    write: async (key, body, options) => {
      if (options?.condition) assertClaimed(capabilityOf(options.condition));
      return good.write(key, body, options);
    },
    delete: async (key, options) => {
      if (options?.condition) assertClaimed('conditionalDelete');
      return good.delete(key, options);
    },
  });
}

function capabilityOf(condition: WriteCondition): Capability {
  return 'absent' in condition ? 'createIfAbsent' : 'compareAndSwap';
}
