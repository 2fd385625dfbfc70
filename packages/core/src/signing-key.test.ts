import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import { ed25519 } from './ed25519.ts';
import { generateKeyPair } from './generate-key.ts';
import { hmac } from './hmac.ts';
import { revoked, verifyOnly } from './signing-key.ts';
import { refusalOf, secretOf } from './store.test-helper.ts';

const secret = secretOf('a');
const { privateKey, publicKey } = generateKeyPair();
const message = Buffer.from('statement');

test('a key says what it may still do', () => {
  expect(hmac(secret).status).toBe('active');
  expect(ed25519({ privateKey }).status).toBe('active');
  expect(ed25519({ publicKey }).status).toBe('verify-only');
  expect(verifyOnly(hmac(secret)).status).toBe('verify-only');
  expect(revoked(ed25519({ publicKey })).status).toBe('revoked');
  expect(revoked().status).toBe('revoked');
  expect(verifyOnly(revoked(hmac(secret))).status).toBe('revoked');
});

test('I-4 a key that is not active does not sign', () => {
  for (const key of [verifyOnly(hmac(secret)), revoked(hmac(secret)), ed25519({ publicKey }), revoked()]) {
    const error = refusalOf(() => key.sign(message));
    expect(error).toMatchObject({
      code: 'CONFIGURATION',
      field: 'keys',
      message: `a ${key.status} key cannot sign: choose one that may`,
    });
  }
});

test('I-4 a key that is only for verifying verifies, a revoked one does not', () => {
  for (const key of [hmac(secret), ed25519({ privateKey })]) {
    const signature = key.sign(message);
    expect(key.verify(message, signature)).toBe(true);
    expect(verifyOnly(key).verify(message, signature)).toBe(true);
    expect(revoked(key).verify(message, signature)).toBe(false);
    expect(revoked().verify(message, signature)).toBe(false);
  }
});

test('keys are equal when one could stand for the other, whatever they may do and whichever is asked', () => {
  const [mac, pair, reading] = [hmac(secret), ed25519({ privateKey }), ed25519({ publicKey })];
  const long = Buffer.concat([secretOf('1'), secretOf('2'), secretOf('3')]);
  const equal = [
    [mac, verifyOnly(mac)],
    [mac, revoked(mac)],
    [pair, reading],
    [pair, revoked(reading)],
    [reading, ed25519({ publicKey })],
    [reading, hmac(publicKey)],
    [pair, hmac(privateKey)],
    // A key longer than a block stands for its digest, as RFC 2104 says.
    [hmac(long), hmac(createHash('sha256').update(long).digest())],
  ] as const;
  const different = [
    [mac, hmac(secretOf('b'))],
    [mac, pair],
    [reading, hmac(privateKey)],
    [reading, ed25519({ publicKey: generateKeyPair().publicKey })],
    [revoked(), revoked()],
    [revoked(), mac],
  ] as const;

  for (const [one, other] of equal) expect([one.equals(other), other.equals(one)]).toEqual([true, true]);
  for (const [one, other] of different) expect([one.equals(other), other.equals(one)]).toEqual([false, false]);
});
