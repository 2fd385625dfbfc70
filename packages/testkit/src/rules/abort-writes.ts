import assert from 'node:assert/strict';

import type { Rule } from '../rule.ts';
import { gate, stalling } from '../support/bodies.ts';
import { assertSameBytes, content, MiB, text } from '../support/content.ts';
import {
  assertAbsent,
  assertHolds,
  assertRejectsWith,
  find,
  fulfilled,
  readBytes,
  settled,
} from '../support/expect.ts';
import { WatchedBody } from '../support/watched.ts';

/** An aborted write settles within a second and changes nothing, or everything. */
export const abortWriteRules: readonly Rule[] = [
  {
    title: 'a write aborted while its body waits settles within a second and leaves nothing visible',
    guarantee: 'I-25',
    async run(harness) {
      const backend = await harness.open();
      const controller = new AbortController();
      const reason = new Error('stopped');
      const stalled = gate();
      const body = new WatchedBody(stalling(controller.signal, stalled.open));
      const write = backend.write('aborted', body, { signal: controller.signal });
      await Promise.race([stalled.opened, write]);
      controller.abort(reason);
      await assertRejectsWith(reason, () => fulfilled(write));
      assert.ok(body.finished, 'the body was neither read to its end nor closed');
      await assertAbsent(backend, 'aborted');
    },
  },
  {
    title: 'a write aborted while its body waits leaves the previous object as it was',
    guarantee: 'I-7',
    async run(harness) {
      const backend = await harness.open();
      const { version } = await backend.write('kept', text('previous'));
      const controller = new AbortController();
      const stalled = gate();
      const write = backend.write('kept', stalling(controller.signal, stalled.open), { signal: controller.signal });
      await Promise.race([stalled.opened, write]);
      controller.abort(new Error('stopped'));
      assert.equal((await settled(write)).status, 'rejected');
      await assertHolds(backend, 'kept', text('previous'));
      assert.equal((await find(backend, 'kept')).info.version, version);
    },
  },
  {
    title: 'a write aborted at any moment leaves the old object or the new one',
    guarantee: 'I-6',
    async run(harness) {
      const backend = await harness.open();
      const old = content(500_000, 1);
      const bytes = content(3 * MiB, 2);
      for (const moment of [0, 1, 2, 5, 10, 20]) {
        // A key per round: an aborted write may still land, and must not land in the next round.
        const key = `either/${moment}`;
        await backend.write(key, old);
        const controller = new AbortController();
        const reason = new Error('stopped');
        const write = backend.write(key, bytes, { signal: controller.signal });
        for (let turn = 0; turn < moment; turn += 1) await new Promise(setImmediate);
        controller.abort(reason);
        const outcome = await settled(write);
        if (outcome.status === 'rejected') assert.equal(outcome.reason, reason);
        const found = await readBytes(backend, key);
        const whole = outcome.status === 'fulfilled' || found.length === bytes.length ? bytes : old;
        assertSameBytes(found, whole);
      }
    },
  },
];
