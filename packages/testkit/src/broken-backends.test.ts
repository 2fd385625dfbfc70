import assert from 'node:assert/strict';

import { type ArtifactBackend, ArtifactError, type ObjectInfo, wrapBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { describe, expect, test } from 'vitest';

import type { BrokenBackend } from './broken-backends/broken-backend.test-helper.ts';
import { brokenProcesses } from './broken-backends/processes.test-helper.ts';
import { brokenBackends } from './broken-backends/index.test-helper.ts';
import { contractRules } from './contract-rules.ts';
import type { Harness, HarnessFactory } from './harness.ts';
import { runRule } from './run-rules.ts';
import { storeRules } from './store-rules.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** One line for the end of the whole test run. */
    note?: string;
  }
}

const rules = [...contractRules, ...storeRules];

interface Mutant {
  readonly fault: string;
  readonly caughtBy: string;
  readonly sound: HarnessFactory;
  readonly broken: HarnessFactory;
}

const mutants: readonly Mutant[] = [
  ...brokenBackends.map((mutant) => ({
    ...mutant,
    sound: () => onMemory({ breaks: () => ({}) }),
    broken: () => onMemory(mutant),
  })),
  ...brokenProcesses,
];

describe('every broken backend is caught by the rule that names its fault', () => {
  const caught = new Set<Mutant>();

  test.each(mutants.map((mutant) => [`${mutant.fault}: ${mutant.caughtBy}`, mutant] as const))(
    '%s',
    async (_, mutant) => {
      const { caughtBy, sound, broken } = mutant;
      const rule = rules.find(({ title }) => title === caughtBy);
      assert.ok(rule, `there is no rule "${caughtBy}"`);
      const good = await runRule(rule, sound);
      // A denial rule says nothing about the good backend, which denies nothing.
      assert.equal(
        good.outcome,
        rule.denies === undefined ? 'held' : 'not applicable',
        `on a good backend: ${caughtBy}`,
      );
      const result = await runRule(rule, broken, { timeoutMs: 10_000 });
      assert.equal(result.outcome, 'broken', `"${caughtBy}" does not see it`);
      caught.add(mutant);
    },
  );

  test('the score: none survives, and every rule catches one', ({ task }) => {
    const proven = new Set([...caught].map(({ caughtBy }) => caughtBy));
    const unproven = rules.filter(({ title }) => !proven.has(title)).map(({ title }) => title);
    task.meta.note =
      `mutation score of the testkit: ${caught.size} of ${mutants.length} broken backends are caught by the rule that ` +
      `names the fault, and ${rules.length - unproven.length} of ${rules.length} rules catch one`;

    expect(mutants.filter((mutant) => !caught.has(mutant)).map(({ fault }) => fault)).toEqual([]);
    expect(unproven).toEqual([]);
  });
});

/** A harness whose handles are faulty in the same way, over one good storage. */
function onMemory({ breaks, ofPages = false }: Pick<BrokenBackend, 'breaks' | 'ofPages'>): Harness {
  const good = memoryBackend();
  const handles: ArtifactBackend[] = [];
  const handle = (beneath: ArtifactBackend, faulty = true) => {
    handles.push(faulty ? wrapBackend(beneath, breaks(beneath)) : beneath);
    return handles.at(-1) ?? beneath;
  };
  return {
    open: () => handle(good, !ofPages),
    openPaged: (objects) => handle(wrapBackend(good, { list: (options) => inPages(good, objects, options) })),
    openUnusable: () => handle(wrapBackend(good, { check: refuse })),
    dispose: async () => {
      await Promise.allSettled(handles.map((opened) => opened.close()));
    },
  };
}

async function refuse(): Promise<never> {
  throw new ArtifactError('UNAVAILABLE', 'nobody is there');
}

/** Asks for a page, and for the next one after its last key, as a server is asked. */
async function* inPages(
  backend: ArtifactBackend,
  objects: number,
  options: Parameters<ArtifactBackend['list']>[0],
): AsyncGenerator<ObjectInfo> {
  for (let { after } = options; ;) {
    const page: ObjectInfo[] = [];
    for await (const info of backend.list({ ...options, after })) if (page.push(info) === objects) break;
    yield* page;
    if (page.length < objects) return;
    after = page.at(-1)?.key;
  }
}
