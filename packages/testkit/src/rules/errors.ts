import assert from 'node:assert/strict';
import { inspect } from 'node:util';

import { isArtifactError } from '@artifacts/core';

import type { Rule } from '../rule.ts';
import { text } from '../support/content.ts';
import { keysOf, rejection } from '../support/expect.ts';

const secret = 'correct-horse-battery-staple';

/** How a backend says no. */
export const errorRules: readonly Rule[] = [
  {
    title: 'absence is a result and not an error',
    async run(harness) {
      const backend = await harness.open();
      assert.deepEqual(await backend.read('never'), { status: 'absent' });
      assert.deepEqual(await backend.read('never/there', { ifChanged: 'no-such-version' }), { status: 'absent' });
      await backend.delete('never');
      assert.deepEqual(await keysOf(backend, { prefix: 'never/' }), []);
    },
  },
  {
    title: 'a folder of objects is not an object',
    async run(harness) {
      const backend = await harness.open();
      await backend.write('folder/one', text('one'));
      assert.deepEqual(await backend.read('folder'), { status: 'absent' });
      assert.deepEqual(await backend.read('folder/one/more'), { status: 'absent' });
      await backend.delete('folder');
      await backend.delete('folder/one/more');
      assert.deepEqual(await keysOf(backend), ['folder/one']);
    },
  },
  {
    title: 'refusals are typed errors that trying again does not help',
    guarantee: 'I-26',
    async run(harness) {
      const backend = await harness.open();
      const error = await rejection(() => backend.write('short', text('short'), { size: 4 }));
      assert.ok(isArtifactError(error, 'INVALID_ARGUMENT'), String(error));
      assert.equal(error.retryable, false);
      assert.ok(error.message.length > 0);
    },
  },
  {
    title: 'a failed condition is a typed error that trying again does not help',
    guarantee: 'I-26',
    requires: 'createIfAbsent',
    async run(harness) {
      const backend = await harness.open();
      await backend.write('taken', text('taken'));
      const error = await rejection(() => backend.write('taken', text('new'), { condition: { absent: true } }));
      assert.ok(isArtifactError(error, 'PRECONDITION_FAILED'), String(error));
      assert.equal(error.retryable, false);
    },
  },
  {
    title: 'an error shows nothing of what was to be stored',
    guarantee: 'I-23',
    async run(harness) {
      const backend = await harness.open();
      const bytes = Buffer.from(secret);
      await backend.write('taken', bytes);
      const calls = [
        () => backend.write('wrong-size', bytes, { size: 4 }),
        () => backend.write('No Key', bytes),
        () => backend.write('taken', bytes, { condition: { absent: true } }),
        () => backend.write('taken', bytes, { condition: { version: 'no-such-version' } }),
      ];
      for (const call of calls) assertHidesSecret(await rejection(call));
    },
  },
];

function assertHidesSecret(error: unknown): void {
  const bytes = Buffer.from(secret);
  const shown = inspect(error, { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null });
  const forms = [
    secret,
    bytes.toString('hex'),
    bytes.toString('base64'),
    bytes.subarray(0, 16).toString('hex').replace(/../g, '$& ').trim(),
    bytes.subarray(0, 16).join(', '),
  ];
  for (const form of forms) assert.ok(!shown.includes(form), 'the error shows the content');
}
