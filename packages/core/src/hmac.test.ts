import { createHmac, createSecretKey, generateKeyPairSync } from 'node:crypto';

import { expect, test } from 'vitest';

import { hmac } from './hmac.ts';
import { flipped, refusalOf, secretOf } from './store.test-helper.ts';

const a = secretOf('a');
const message = Buffer.from('statement');

const wrongSecrets: readonly (readonly [what: string, secret: unknown, problem: string])[] = [
  ['a missing key', undefined, 'a signing key is missing'],
  ['null', null, 'a signing key is missing'],
  ['a number', 42, 'a signing key is missing'],
  ['no bytes', new Uint8Array(0), 'needs at least 32 bytes, this one has 0'],
  ['31 bytes', secretOf('x').subarray(0, 31), 'needs at least 32 bytes, this one has 31'],
  ['zeros', new Uint8Array(32), 'is guessable'],
  [
    'the bytes of every example',
    `hex:${Buffer.from(Array.from({ length: 32 }, (_, i) => i)).toString('hex')}`,
    'is guessable',
  ],
  ['bytes that count down', Buffer.from(Array.from({ length: 32 }, (_, i) => 255 - i)), 'is guessable'],
  ['one byte over and over', Buffer.alloc(64, 0xfe), 'is guessable'],
  ['a typed phrase', Buffer.from('correct horse battery staple, but longer'), 'is guessable'],
  [
    'a phrase behind base64',
    `base64:${Buffer.from('correct horse battery staple, but longer').toString('base64')}`,
    'is guessable',
  ],
  ['plain text', 'correct horse battery staple, but longer', 'starts with "base64:" or "hex:"'],
  ['an empty text', '', 'a signing key is missing, its text is empty: set the variable it comes from'],
  ['another encoding', 'utf8:x', 'starts with "base64:" or "hex:"'],
  ['a prefix in capitals', `HEX:${Buffer.from(a).toString('hex')}`, 'starts with "base64:" or "hex:"'],
  ['hex that is none', 'hex:zz', 'is not well-formed hex'],
  ['hex of an odd length', `hex:${Buffer.from(a).toString('hex')}0`, 'is not well-formed hex'],
  ['hex that goes on', `hex:${Buffer.from(a).toString('hex')}zz`, 'is not well-formed hex'],
  ['hex with a newline', `hex:${Buffer.from(a).toString('hex')}\n`, 'is not well-formed hex'],
  [
    'base64 without padding',
    `base64:${Buffer.from(a).toString('base64').replace('=', '')}`,
    'is not well-formed base64',
  ],
  ['base64 with a space', `base64: ${Buffer.from(a).toString('base64')}`, 'is not well-formed base64'],
  ['base64 of a URL', `base64:${'-_'.repeat(22)}`, 'is not well-formed base64'],
  ['base64 with a newline', `base64:${Buffer.from(a).toString('base64')}\n`, 'is not well-formed base64'],
  ['an empty text after hex:', 'hex:', 'needs at least 32 bytes, this one has 0'],
  ['a public key', generateKeyPairSync('ed25519').publicKey, 'this KeyObject is public'],
  ['a private key', generateKeyPairSync('ed25519').privateKey, 'this KeyObject is private'],
  ['a short KeyObject', createSecretKey(Buffer.from(a).subarray(0, 16)), 'needs at least 32 bytes, this one has 16'],
];

test.each(wrongSecrets)('I-4 %s is refused as a key', (_what, secret, problem) => {
  const error = refusalOf(() => hmac(secret as Uint8Array));

  expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'keys' });
  expect(error.message).toContain(problem);
});

test('I-4 the refusal of a short, typed or missing key prints the command that makes a good one', () => {
  for (const secret of [undefined, '', 'password', 'hex:zz', new Uint8Array(1), Buffer.alloc(32)]) {
    expect(refusalOf(() => hmac(secret as string)).message).toMatch(
      /make (?:one|a key) with: npx --package=@artifacts\/core artifacts-keygen$/,
    );
  }
});

test('bytes, KeyObject, hex and base64 of one secret are one key', () => {
  const forms = [
    a,
    createSecretKey(a),
    `hex:${Buffer.from(a).toString('hex')}`,
    `hex:${Buffer.from(a).toString('hex').toUpperCase()}`,
    `base64:${Buffer.from(a).toString('base64')}`,
  ];

  for (const form of forms) {
    expect(hmac(form).equals(hmac(a))).toBe(true);
    expect(hmac(form).sign(message)).toEqual(hmac(a).sign(message));
  }
});

test('a key is copied: changing the bytes afterwards changes nothing', () => {
  const bytes = Buffer.from(a);
  const key = hmac(bytes);

  bytes.fill(0);

  expect(key.sign(message)).toEqual(hmac(a).sign(message));
});

test('what is signed is the HMAC-SHA256 of the message', () => {
  expect(hmac(a).sign(message)).toEqual(createHmac('sha256', a).update(message).digest());
});

test('I-4 a MAC of another length, with any bit flipped, or over something else verifies nothing', () => {
  const key = hmac(a);
  const mac = key.sign(message);

  expect(key.verify(message, mac)).toBe(true);
  for (const length of [0, 1, 31]) expect(key.verify(message, mac.subarray(0, length))).toBe(false);
  expect(key.verify(message, Buffer.concat([mac, Buffer.of(0)]))).toBe(false);
  for (let bit = 0; bit < mac.length * 8; bit += 1) expect(key.verify(message, flipped(mac, bit))).toBe(false);
  expect(key.verify(Buffer.from('Statement'), mac)).toBe(false);
});
