import { createSecretKey } from 'node:crypto';

import { expect, test } from 'vitest';

import { bytesOfText, fingerprintOf, nameOf, requireUnguessable } from './key-material.ts';
import { attempt, refusalOf, secretOf } from './store.test-helper.ts';

const command = 'make-key';

function isGuessable(bytes: Uint8Array): boolean {
  return attempt(() => requireUnguessable(bytes, command)) !== undefined;
}

/** 32 bytes, each `step` more than the one before. */
function counting(step: number): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, at) => 200 + step * at);
}

test('I-4 a key is guessable with fewer than 12 distinct bytes', () => {
  const some = Buffer.from('00ff10ef20df30cf40bf50af', 'hex');

  expect(isGuessable(Buffer.alloc(32, some))).toBe(false);
  expect(isGuessable(Buffer.alloc(32, some.subarray(1)))).toBe(true);
});

test('I-4 a key is guessable when somebody could have typed all of it', () => {
  const typed = Buffer.from('~orrect horse battery staple XY 7');

  expect(isGuessable(typed)).toBe(true);
  for (const byte of [0x00, 0x1f, 0x7f, 0xff])
    expect(isGuessable(Buffer.concat([typed.subarray(0, -1), Buffer.of(byte)]))).toBe(false);
});

test('I-4 a key is guessable when it counts, up or down, by any step and over the end of a byte', () => {
  for (const step of [1, 3, 255, 253]) {
    expect(isGuessable(counting(step))).toBe(true);
    expect(isGuessable(Buffer.concat([counting(step).subarray(0, -1), Buffer.of(7)]))).toBe(false);
  }
});

test('the refusal of a key says what is wrong with it, and the command that makes a good one', () => {
  const messageOf = (call: () => unknown) => refusalOf(call).message;

  expect(messageOf(() => requireUnguessable(new Uint8Array(32), command))).toBe(
    'a signing key must be drawn at random, this one is guessable; make one with: make-key',
  );
  expect(messageOf(() => bytesOfText('', command))).toBe(
    'a signing key is missing, its text is empty: set the variable it comes from, or make one with: make-key',
  );
  expect(messageOf(() => bytesOfText(' hex:00', command))).toBe(
    'a signing key as text starts with "base64:" or "hex:"; make one with: make-key',
  );
  expect(messageOf(() => bytesOfText('base64:AA', command))).toBe(
    'the text after "base64:" is not well-formed base64; make a key with: make-key',
  );
});

test('a message names a key by an id of up to 32 characters, and beyond that by its place', () => {
  expect(nameOf('k'.repeat(32), 2)).toBe(`key "${'k'.repeat(32)}"`);
  expect(nameOf('k'.repeat(33), 2)).toBe('the key of entry 2');
});

test('a fingerprint is that of the bytes, however they are held, and not the bytes', () => {
  const secret = secretOf('a');

  expect(fingerprintOf(createSecretKey(secret))).toBe(fingerprintOf(secret));
  expect(fingerprintOf(secret)).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  expect(fingerprintOf(secret)).not.toBe(Buffer.from(secret).toString('base64'));
  expect(fingerprintOf(secret)).not.toBe(fingerprintOf(secretOf('b')));
});
