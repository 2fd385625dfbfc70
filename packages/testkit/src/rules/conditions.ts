import assert from 'node:assert/strict';

import type { Rule } from '../rule.ts';
import { inChunks } from '../support/bodies.ts';
import { text } from '../support/content.ts';
import { assertAbsent, assertHolds, assertRefused, find } from '../support/expect.ts';

const absent = { condition: { absent: true } } as const;
const old = text('old');

/** What a conditional write does when its condition holds and when it does not. Races have a file of their own. */
export const conditionRules: readonly Rule[] = [
  {
    title: 'a write with absent creates an object that is absent',
    requires: 'createIfAbsent',
    async run(harness) {
      const backend = await harness.open();
      for (const bytes of [text('created'), new Uint8Array()]) {
        const key = `created/${bytes.length}`;
        const { size, version } = await backend.write(key, bytes, absent);
        assert.equal(size, bytes.length);
        await assertHolds(backend, key, bytes);
        assert.equal((await find(backend, key)).info.version, version);
      }
    },
  },
  {
    title: 'a write with absent is refused while an object is present, and changes nothing',
    requires: 'createIfAbsent',
    async run(harness) {
      const backend = await harness.open();
      for (const bytes of [old, new Uint8Array()]) {
        const key = `present/${bytes.length}`;
        const { version } = await backend.write(key, bytes);
        await assertRefused('PRECONDITION_FAILED', () => backend.write(key, text('new'), absent));
        await assertRefused(
          'PRECONDITION_FAILED',
          () => backend.write(key, bytes, absent),
          'a write of the same bytes',
        );
        await assertHolds(backend, key, bytes);
        assert.equal((await find(backend, key)).info.version, version);
      }
    },
  },
  {
    title: 'a write with absent creates again what was deleted',
    requires: 'createIfAbsent',
    async run(harness) {
      const backend = await harness.open();
      await backend.write('again', old);
      await backend.delete('again');
      await backend.write('again', text('new'), absent);
      await assertHolds(backend, 'again', text('new'));
    },
  },
  {
    title: 'a write with the present version replaces the object',
    requires: 'compareAndSwap',
    async run(harness) {
      const backend = await harness.open();
      let { version } = await backend.write('swap', old);
      for (const value of ['one', 'two', 'two', '', 'three']) {
        const written = await backend.write('swap', text(value), { condition: { version } });
        await assertHolds(backend, 'swap', text(value));
        version = written.version;
      }
    },
  },
  {
    title: 'a write with the version that a read or a listing gave replaces the object',
    requires: 'compareAndSwap',
    async run(harness) {
      const backend = await harness.open();
      await backend.write('swap', old);
      const { info } = await find(backend, 'swap');
      await backend.write('swap', text('one'), { condition: { version: info.version } });
      for await (const { version } of backend.list({ prefix: 'swap' })) {
        await backend.write('swap', text('two'), { condition: { version } });
      }
      await assertHolds(backend, 'swap', text('two'));
    },
  },
  {
    title: 'a write with another version is refused and changes nothing',
    requires: 'compareAndSwap',
    async run(harness) {
      const backend = await harness.open();
      const stale = await backend.write('swap', text('stale'));
      const other = await backend.write('other', text('other'));
      const { version } = await backend.write('swap', old);
      for (const wrong of [stale.version, other.version, 'no-such-version']) {
        const options = { condition: { version: wrong } };
        await assertRefused('PRECONDITION_FAILED', () => backend.write('swap', text('new'), options), wrong);
      }
      await assertHolds(backend, 'swap', old);
      assert.equal((await find(backend, 'swap')).info.version, version);
    },
  },
  {
    title: 'a version that means any object elsewhere is a version like any other, and refused',
    guarantee: 'I-14',
    requires: 'compareAndSwap',
    since: '1.1',
    async run(harness) {
      const backend = await harness.open();
      await backend.write('swap', old);
      for (const version of ['*', '"*"', 'null', 'undefined', '0']) {
        const options = { condition: { version } };
        await assertRefused('PRECONDITION_FAILED', () => backend.write('swap', text('new'), options), version);
        await assertRefused('PRECONDITION_FAILED', () => backend.write('absent', text('new'), options), version);
      }
      await assertHolds(backend, 'swap', old);
      await assertAbsent(backend, 'absent');
    },
  },
  {
    title: 'a write with a version is refused where the object is absent, and creates nothing',
    requires: 'compareAndSwap',
    async run(harness) {
      const backend = await harness.open();
      const { version } = await backend.write('gone', old);
      await backend.delete('gone');
      for (const key of ['gone', 'never']) {
        await assertRefused('PRECONDITION_FAILED', () => backend.write(key, old, { condition: { version } }), key);
        await assertAbsent(backend, key);
      }
    },
  },
  {
    title: 'a write with the version of a deleted object is refused once other bytes are there',
    requires: 'compareAndSwap',
    async run(harness) {
      const backend = await harness.open();
      const { version } = await backend.write('reborn', old);
      await backend.delete('reborn');
      await backend.write('reborn', text('new'));
      await assertRefused('PRECONDITION_FAILED', () => backend.write('reborn', text('x'), { condition: { version } }));
      await assertHolds(backend, 'reborn', text('new'));
    },
  },
  {
    title: 'absent with a body that is a stream is refused and nothing is stored',
    requires: 'createIfAbsent',
    async run(harness) {
      const backend = await harness.open();
      await assertRefused('INVALID_ARGUMENT', () => backend.write('stream', inChunks(old, 1), absent));
      await assertAbsent(backend, 'stream');
    },
  },
  {
    title: 'a version with a body that is a stream is refused and nothing is stored',
    requires: 'compareAndSwap',
    async run(harness) {
      const backend = await harness.open();
      const { version } = await backend.write('stream', old);
      const options = { condition: { version } };
      await assertRefused('INVALID_ARGUMENT', () => backend.write('stream', inChunks(text('new'), 1), options));
      await assertHolds(backend, 'stream', old);
    },
  },
  {
    title: 'a conditional write of a wrong declared size is refused and nothing is stored',
    requires: 'createIfAbsent',
    async run(harness) {
      const backend = await harness.open();
      await assertRefused('INVALID_ARGUMENT', () => backend.write('short', old, { ...absent, size: 4 }));
      await assertAbsent(backend, 'short');
      await backend.write('short', old, { ...absent, size: 3 });
      await assertHolds(backend, 'short', old);
    },
  },
];
