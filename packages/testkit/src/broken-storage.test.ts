import assert from 'node:assert/strict';

import { type ArtifactBackend, type ObjectInfo, wrapBackend } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { test } from 'vitest';

import type { BrokenBackend } from './broken-backends/broken-backend.test-helper.ts';
import { runRule } from './run-rules.ts';
import { namespaceRules } from './store-rules/namespaces.ts';
import { quotaRules } from './store-rules/quotas.ts';
import { rememberedRecordRules } from './store-rules/remembered.ts';

// What is refused where something cannot be done is shown on a backend that denies it.
const quotas = quotaRules.filter(({ denies }) => denies === undefined);
const rules = [...namespaceRules, ...rememberedRecordRules, ...quotas];
const isLedger = (key: string): boolean => key.endsWith('ledger/usage');

/** A key as it would be at the root. */
const outOfNamespaces = (key: string): string => key.replace(/^ns\/[^/]*\//, '');

/** The first that was said of a key stays what is said of it. */
function firstInfos(): (info: ObjectInfo) => ObjectInfo {
  const first = new Map<string, ObjectInfo>();
  return (info) => {
    const known = first.get(info.key) ?? info;
    first.set(info.key, known);
    return known;
  };
}

const broken: readonly BrokenBackend[] = [
  {
    fault: 'keeps the first record of every key',
    caughtBy: 'a record that is moved to another namespace, out of one or into one is refused',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const found = key.includes('records/') && options === undefined ? await good.read(key) : undefined;
        return found?.status === 'found' ? found.info : good.write(key, body, options);
      },
    }),
  },
  {
    fault: 'keeps the first content of every key',
    caughtBy: 'content that is moved to another namespace, out of one or into one is never handed out',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const found = key.includes('content/') ? await good.read(key) : undefined;
        return found?.status === 'found' ? found.info : good.write(key, body, options);
      },
    }),
  },
  {
    fault: 'lists the keys of every namespace as those of the one it is asked for',
    caughtBy: 'what is done in one namespace is seen in no other: uploads, listings, pages and deletes',
    breaks: (good) => ({
      async *list(options) {
        const asked = outOfNamespaces(options.prefix);
        const before = options.prefix.slice(0, options.prefix.length - asked.length);
        for await (const info of good.list({ ...options, prefix: '' })) {
          const key = outOfNamespaces(info.key);
          if (key.startsWith(asked)) yield { ...info, key: before + key };
        }
      },
    }),
  },
  {
    fault: 'folds the case of escaped capitals',
    caughtBy: 'namespaces with names that are alike are apart',
    breaks: (good) => {
      const folded = (key: string): string => key.replace(/^ns\/=41\//, 'ns/a/');
      return {
        read: (key, options) => good.read(folded(key), options),
        write: (key, body, options) => good.write(folded(key), body, options),
      };
    },
  },
  {
    fault: 'says unchanged whatever is there',
    caughtBy: 'metadata that one handle remembers are those that the other handle wrote last',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        if (result.status !== 'found' || options?.ifChanged === undefined) return result;
        return { status: 'unchanged', info: { ...result.info, version: options.ifChanged } };
      },
    }),
  },
  {
    fault: 'lists the version that an object had at first',
    caughtBy: 'a listing that one handle remembers is of what the other handle wrote last',
    breaks: (good) => {
      const asFirst = firstInfos();
      return {
        async *list(options) {
          for await (const info of good.list(options)) yield asFirst(info);
        },
        read: async (key, options) => {
          const result = await good.read(key, options);
          return result.status === 'absent' ? result : { ...result, info: asFirst(result.info) };
        },
      };
    },
  },
];

const ledgers: readonly BrokenBackend[] = [
  {
    fault: 'forgets what others wrote into the ledger meanwhile',
    caughtBy: 'a quota holds for all handles together, and is filled to the last artifact',
    breaks: (good) => ({
      write: (key, body, options) => good.write(key, body, isLedger(key) ? {} : options),
    }),
  },
  {
    fault: 'keeps the first ledger',
    caughtBy:
      'every handle says exactly what is stored, after uploads, overwrites, copies, updates and deletes of another',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const found = isLedger(key) ? await good.read(key) : undefined;
        return found?.status === 'found' ? found.info : good.write(key, body, options);
      },
    }),
  },
  {
    fault: 'loses every record over nothing whose answer it loses',
    caughtBy:
      'what a writer reserved that died is free again when it lapses, unless its record shows that it was committed',
    breaks: (good) => ({
      read: async (key, options) => (key === 'records/died/1' ? { status: 'absent' } : good.read(key, options)),
    }),
  },
];

test.each([...broken, ...ledgers])('a storage that $fault is caught', async ({ caughtBy, breaks }) => {
  const rule = rules.find(({ title }) => title === caughtBy);
  assert.ok(rule, `there is no rule "${caughtBy}"`);

  assert.equal((await runRule(rule, () => onMemory(() => ({})))).outcome, 'held');
  assert.equal((await runRule(rule, () => onMemory(breaks))).outcome, 'broken', `"${caughtBy}" does not see it`);
});

test('every rule of namespaces, remembered records and quotas is shown to bite', () => {
  assert.deepEqual(
    rules
      .map(({ title }) => title)
      .filter((title) => ![...broken, ...ledgers].some(({ caughtBy }) => caughtBy === title)),
    [],
  );
});

function onMemory(breaks: BrokenBackend['breaks']) {
  const good = memoryBackend();
  const handle: ArtifactBackend = wrapBackend(good, breaks(good));
  return { open: () => handle };
}
