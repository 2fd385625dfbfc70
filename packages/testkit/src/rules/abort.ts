import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';

import type { ArtifactBackend, CallOptions } from '@artifacts/core';

import type { Rule } from '../rule.ts';
import { inChunks } from '../support/bodies.ts';
import { assertSameBytes, content, MiB, text } from '../support/content.ts';
import {
  aborted,
  assertAbsent,
  assertHolds,
  assertRejectsWith,
  collect,
  find,
  fulfilled,
  keysOf,
  readBytes,
  settled,
} from '../support/expect.ts';

/** Every call that takes a signal, on a storage where `present` exists. */
const calls: Record<string, (backend: ArtifactBackend, options: CallOptions) => Promise<unknown>> = {
  capabilities: (backend, options) => backend.capabilities(options),
  'write of bytes': (backend, options) => backend.write('new', text('new'), options),
  'write of a stream': (backend, options) => backend.write('new', inChunks(text('new'), 1), options),
  read: (backend, options) => backend.read('present', options),
  delete: (backend, options) => backend.delete('present', options),
  list: (backend, options) => keysOf(backend, options),
  discardUnfinished: (backend, options) => backend.discardUnfinished(new Date(0), options),
  check: (backend, options) => backend.check(options),
};

/** An aborted call settles within a second, with the signal's reason. */
export const abortRules: readonly Rule[] = [
  {
    title: 'a call whose signal is already aborted rejects with the reason and does nothing',
    guarantee: 'I-25',
    async run(harness) {
      const backend = await harness.open();
      await backend.write('present', text('present'));
      for (const reason of [new Error('stopped'), 'stopped']) {
        for (const [name, call] of Object.entries(calls)) {
          await assertRejectsWith(reason, () => call(backend, aborted(reason)), name);
        }
      }
      await assertHolds(backend, 'present', text('present'));
      await assertAbsent(backend, 'new');
    },
  },
  {
    title: 'a call aborted while it runs settles within a second, with the reason or with its result',
    guarantee: 'I-25',
    since: '1.1',
    async run(harness) {
      const backend = await harness.open();
      for (const [name, call] of Object.entries(calls)) {
        await backend.write('present', text('present'));
        const controller = new AbortController();
        const reason = new Error('stopped');
        const running = call(backend, { signal: controller.signal });
        controller.abort(reason);
        const outcome = await settled(running);
        if (outcome.status === 'rejected') assert.equal(outcome.reason, reason, name);
      }
    },
  },
  {
    title: 'a body aborted before its first chunk rejects with the reason',
    guarantee: 'I-25',
    async run(harness) {
      const backend = await harness.open();
      await backend.write('read', content(3 * MiB));
      const controller = new AbortController();
      const reason = new Error('stopped');
      const { body } = await find(backend, 'read', { signal: controller.signal });
      controller.abort(reason);
      await assertRejectsWith(reason, () => fulfilled(collect(body)));
    },
  },
  {
    title: 'a body aborted while it is read ends with the reason or was already complete',
    guarantee: 'I-25',
    async run(harness) {
      const backend = await harness.open();
      const bytes = content(12 * MiB);
      await backend.write('read', bytes);
      const controller = new AbortController();
      const reason = new Error('stopped');
      const { body } = await find(backend, 'read', { signal: controller.signal });
      const chunks: Uint8Array[] = [];
      const reading = (async () => {
        for await (const chunk of body) {
          chunks.push(chunk);
          controller.abort(reason);
        }
      })();
      const outcome = await settled(reading);
      if (outcome.status === 'rejected') assert.equal(outcome.reason, reason);
      else assertSameBytes(Buffer.concat(chunks), bytes);
    },
  },
  {
    title: 'a listing aborted between two objects ends with the reason',
    guarantee: 'I-25',
    async run(harness) {
      const backend = await harness.open();
      for (const key of ['a', 'b', 'c', 'd', 'e']) await backend.write(key, text(key));
      const controller = new AbortController();
      const reason = new Error('stopped');
      const listing = (async () => {
        for await (const info of backend.list({ prefix: '', signal: controller.signal })) {
          assert.notEqual(info.key, 'e', 'the listing went on to its end');
          controller.abort(reason);
        }
      })();
      await assertRejectsWith(reason, () => fulfilled(listing));
    },
  },
  {
    title: 'a call that ended leaves no listener on its signal',
    guarantee: 'I-25',
    async run(harness) {
      const backend = await harness.open();
      const { signal } = new AbortController();
      await backend.write('present', text('present'));
      for (const [name, call] of Object.entries(calls)) {
        await call(backend, { signal });
        assert.equal(getEventListeners(signal, 'abort').length, 0, `listeners left by ${name}`);
      }
      await backend.write('read', content(MiB), { signal });
      await readBytes(backend, 'read', { signal });
      assert.equal(getEventListeners(signal, 'abort').length, 0, 'listeners left by a body');
    },
  },
];
