import assert from 'node:assert/strict';

import { isArtifactError } from '@artifacts/core';

import type { Rule } from '../rule.ts';
import { assertSameBytes, content, MiB, text } from '../support/content.ts';
import { assertHolds, collect, find, readBytes } from '../support/expect.ts';
import { times, twoHandles } from '../support/handles.ts';
import { assertNothingLeftOpen } from '../support/open-files.ts';

const size = 12 * MiB;

/** What a body holds, and what it gives when its object changes under it. */
export const bodyRules: readonly Rule[] = [
  {
    title: 'a thousand bodies that nobody reads hold nothing',
    guarantee: 'I-25',
    async run(harness) {
      const backend = await harness.open();
      await backend.write('unread', content(300_000));
      await assertNothingLeftOpen(async () => {
        await times(1000, () => find(backend, 'unread'));
      });
      await assertHolds(backend, 'unread', content(300_000));
    },
  },
  {
    title: 'bodies that are left early hold nothing',
    guarantee: 'I-25',
    async run(harness) {
      const backend = await harness.open();
      await backend.write('left', content(2 * MiB));
      await assertNothingLeftOpen(async () => {
        for (let round = 0; round < 150; round += 1) {
          const { body } = await find(backend, 'left');
          for await (const chunk of body) {
            assert.ok(chunk.length <= 2 * MiB);
            break;
          }
        }
      });
      await assertHolds(backend, 'left', content(2 * MiB));
    },
  },
  {
    title: 'bodies that are aborted or read to their end hold nothing',
    guarantee: 'I-25',
    async run(harness) {
      const backend = await harness.open();
      await backend.write('read', content(2 * MiB));
      await assertNothingLeftOpen(async () => {
        for (let round = 0; round < 150; round += 1) {
          const controller = new AbortController();
          const { body } = await find(backend, 'read', { signal: controller.signal });
          const reading = (async () => {
            for await (const chunk of body) if (chunk.length > 0) controller.abort();
          })();
          await Promise.allSettled([reading]);
          await readBytes(backend, 'read', { range: { start: 0, end: 10 } });
        }
      });
      await assertHolds(backend, 'read', content(2 * MiB));
    },
  },
  {
    title: 'an object replaced before its body is read gives its own bytes or SUPERSEDED',
    guarantee: 'I-6',
    async run(harness) {
      const [reader, writer] = await twoHandles(harness);
      for (const newer of [content(2 * MiB, 2), content(2 * MiB + 5, 2), text('short'), new Uint8Array()]) {
        const older = content(2 * MiB, 1);
        for (const range of [undefined, { start: 100, end: MiB + 100 }]) {
          await writer.write('replaced', older);
          const { body } = await find(reader, 'replaced', { range });
          await writer.write('replaced', newer);
          await assertOwnBytes(collect(body), older.subarray(range?.start, range?.end));
        }
      }
    },
  },
  {
    title: 'an object replaced while its body is read gives its own bytes or SUPERSEDED',
    guarantee: 'I-6',
    async run(harness) {
      const [reader, writer] = await twoHandles(harness);
      const older = content(size, 1);
      for (const newer of [content(size, 2), text('short')]) {
        await writer.write('replaced', older);
        const { body } = await find(reader, 'replaced');
        await assertOwnBytes(
          interrupted(body, () => writer.write('replaced', newer)),
          older,
        );
        await assertHolds(reader, 'replaced', newer);
      }
    },
  },
  {
    title: 'an object deleted before or while its body is read gives its own bytes or SUPERSEDED',
    guarantee: 'I-6',
    async run(harness) {
      const [reader, writer] = await twoHandles(harness);
      const older = content(size, 1);
      await writer.write('gone', older);
      const { body } = await find(reader, 'gone');
      await assertOwnBytes(
        interrupted(body, () => writer.delete('gone')),
        older,
      );
      await writer.write('gone', older);
      const found = await find(reader, 'gone');
      await writer.delete('gone');
      await assertOwnBytes(collect(found.body), older);
    },
  },
];

/** Reads `body` and calls `change` after its first chunk. */
async function interrupted(body: AsyncIterable<Uint8Array>, change: () => Promise<unknown>): Promise<Uint8Array> {
  let changed = false;
  async function* changing(): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      yield chunk;
      if (!changed) await change();
      changed = true;
    }
  }
  return collect(changing());
}

async function assertOwnBytes(reading: Promise<Uint8Array>, expected: Uint8Array): Promise<void> {
  const [outcome] = await Promise.allSettled([reading]);
  if (outcome.status === 'fulfilled') assertSameBytes(outcome.value, expected, 'a body whose object changed');
  else assert.ok(isArtifactError(outcome.reason, 'SUPERSEDED'), `rejected with ${String(outcome.reason)}`);
}
