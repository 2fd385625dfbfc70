import assert from 'node:assert/strict';

import type { ArtifactBackend } from '@artifacts/core';

import type { Rule } from '../rule.ts';
import { text } from '../support/content.ts';
import { assertAbsent, assertHolds, assertRefused, find } from '../support/expect.ts';

const present = text('present');

/** What a backend does not claim it refuses: pretending is worse than not being able. */
export const denialRules: readonly Rule[] = [
  {
    title: 'without createIfAbsent a write with absent is refused as unsupported and changes nothing',
    denies: 'createIfAbsent',
    async run(harness) {
      const backend = await harness.open();
      const options = { condition: { absent: true } } as const;
      await assertRefused('UNSUPPORTED', () => backend.write('new', text('new'), options), 'on an absent object');
      await assertAbsent(backend, 'new');
      await assertUnchanged(backend, async () => {
        await assertRefused('UNSUPPORTED', () => backend.write('present', text('new'), options), 'on a present object');
      });
    },
  },
  {
    title: 'without compareAndSwap a write with a version is refused as unsupported and changes nothing',
    denies: 'compareAndSwap',
    async run(harness) {
      const backend = await harness.open();
      await assertUnchanged(backend, async (right) => {
        for (const version of [right, 'no-such-version']) {
          const options = { condition: { version } };
          await assertRefused('UNSUPPORTED', () => backend.write('present', text('new'), options), version);
        }
      });
    },
  },
  {
    title: 'without conditionalDelete a delete with a version is refused as unsupported and deletes nothing',
    denies: 'conditionalDelete',
    async run(harness) {
      const backend = await harness.open();
      await assertUnchanged(backend, async (right) => {
        for (const version of [right, 'no-such-version']) {
          await assertRefused('UNSUPPORTED', () => backend.delete('present', { condition: { version } }), version);
        }
      });
    },
  },
];

async function assertUnchanged(backend: ArtifactBackend, work: (version: string) => Promise<void>): Promise<void> {
  const { version } = await backend.write('present', present);
  await work(version);
  await assertHolds(backend, 'present', present);
  assert.equal((await find(backend, 'present')).info.version, version);
}
