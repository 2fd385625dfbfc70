import assert from 'node:assert/strict';

import type { Rule } from '../rule.ts';
import { assertSameBytes, content, text } from '../support/content.ts';
import { collect, find } from '../support/expect.ts';
import { times } from '../support/handles.ts';

/** A version names the stored bytes. */
export const versionRules: readonly Rule[] = [
  {
    title: 'different bytes never share a version, however quickly one follows the other',
    guarantee: 'I-6',
    async run(harness) {
      const backend = await harness.open();
      await times(4, async (series) => {
        const seen = new Set<string>();
        for (let round = 0; round < 500; round += 1) {
          const { version } = await backend.write(`quick/${series}`, text(String(round).padStart(16, '0')));
          assert.ok(!seen.has(version), `write ${round} got the version of an earlier one`);
          seen.add(version);
        }
      });
    },
  },
  {
    title: 'different bytes never share a version with what was deleted before them',
    guarantee: 'I-6',
    async run(harness) {
      const backend = await harness.open();
      await times(4, async (series) => {
        const seen = new Set<string>();
        for (let round = 0; round < 100; round += 1) {
          const { version } = await backend.write(`reborn/${series}`, text(String(round).padStart(16, '0')));
          assert.ok(!seen.has(version), `write ${round} got the version of an earlier one`);
          seen.add(version);
          await backend.delete(`reborn/${series}`);
        }
      });
    },
  },
  {
    title: 'write, read and list give the same version and size',
    async run(harness) {
      const backend = await harness.open();
      for (const size of [0, 10, 70_000, 6_000_000]) {
        const written = await backend.write('same', content(size));
        const { info } = await find(backend, 'same');
        assert.deepEqual(described(info), described(written));
        for await (const listed of backend.list({ prefix: 'same' })) {
          assert.deepEqual(described(listed), described(written));
        }
      }
    },
  },
  {
    title: 'a version is 1 to 256 printable ASCII characters',
    async run(harness) {
      const backend = await harness.open();
      for (const size of [0, 10, 6_000_000]) {
        const { version } = await backend.write('printable', content(size));
        assert.match(version, /^[\x20-\x7e]{1,256}$/);
      }
    },
  },
  {
    title: 'writing the same bytes again gives an object that its newest version names',
    async run(harness) {
      const backend = await harness.open();
      await backend.write('equal', text('equal'));
      const { version } = await backend.write('equal', text('equal'));
      assert.equal((await find(backend, 'equal')).info.version, version);
      assert.equal((await backend.read('equal', { ifChanged: version })).status, 'unchanged');
    },
  },
  {
    title: 'a read that only wants changes says unchanged, without a body, while the version stays',
    async run(harness) {
      const backend = await harness.open();
      const { version } = await backend.write('polled', text('polled'));
      for (const options of [{ ifChanged: version }, { ifChanged: version, range: { start: 1, end: 2 } }]) {
        const result = await backend.read('polled', options);
        assert.equal(result.status, 'unchanged');
        assert.ok(!('body' in result), 'unchanged comes with a body');
        assert.deepEqual(described(result.info), { key: 'polled', size: 6, version });
        assert.ok(result.info.modifiedAt instanceof Date);
      }
    },
  },
  {
    title: 'a read that only wants changes gives the object once its bytes are others',
    async run(harness) {
      const backend = await harness.open();
      const { version } = await backend.write('polled', text('polled'));
      await backend.write('polled', text('change'));
      const { info, body } = await find(backend, 'polled', { ifChanged: version });
      assert.notEqual(info.version, version);
      assertSameBytes(await collect(body), text('change'));
      const part = await find(backend, 'polled', { ifChanged: version, range: { start: 1, end: 3 } });
      assertSameBytes(await collect(part.body), text('ha'));
      await find(backend, 'polled', { ifChanged: 'no-such-version' });
    },
  },
  {
    title: 'a read that only wants changes says absent once the object is deleted',
    async run(harness) {
      const backend = await harness.open();
      const { version } = await backend.write('polled', text('polled'));
      await backend.delete('polled');
      assert.equal((await backend.read('polled', { ifChanged: version })).status, 'absent');
    },
  },
  {
    title: 'modifiedAt is when the object was written',
    async run(harness) {
      const backend = await harness.open();
      await backend.write('dated', text('dated'));
      const { info } = await find(backend, 'dated');
      assertNow(info.modifiedAt);
      for await (const listed of backend.list({ prefix: 'dated' })) assertNow(listed.modifiedAt);
    },
  },
];

function described({ key, size, version }: { key: string; size: number; version: string }) {
  return { key, size, version };
}

/** The medium has a clock of its own; a sweep refuses one that is more than five minutes off. */
function assertNow(date: Date): void {
  assert.ok(date instanceof Date, 'modifiedAt is not a Date');
  const off = Math.abs(date.getTime() - Date.now());
  assert.ok(off < 5 * 60_000, `modifiedAt is ${off} ms from now`);
}
