import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { inspect } from 'node:util';

import { expect, test } from 'vitest';

import { hmac, hmacKeyring, keyring, revoked, verifyOnly } from './keyring.ts';
import { signPayload, verifyLine, type KeyProvider } from './signing.ts';
import { refusal, refusalOf, secretOf } from './store.test-helper.ts';

const a = secretOf('a');
const b = secretOf('b');
const type = 'application/x';

async function signed(keys: KeyProvider): Promise<Uint8Array> {
  return (await signPayload(keys, type, Buffer.from('statement'))).line;
}

const wrongSecrets: readonly (readonly [what: string, secret: unknown, message: string])[] = [
  ['a missing key', undefined, 'a signing key is missing'],
  ['null', null, 'a signing key is missing'],
  ['a number', 42, 'a signing key is missing'],
  ['no bytes', new Uint8Array(0), 'needs at least 32 bytes, this one has 0'],
  ['31 bytes', secretOf('x').subarray(0, 31), 'needs at least 32 bytes, this one has 31'],
  ['zeros', new Uint8Array(32), 'is guessable'],
  ['one byte over and over', Buffer.alloc(64, 0xfe), 'is guessable'],
  ['a typed phrase', Buffer.from('correct horse battery staple, but longer'), 'is guessable'],
  [
    'a phrase behind base64',
    `base64:${Buffer.from('correct horse battery staple, but longer').toString('base64')}`,
    'is guessable',
  ],
  ['plain text', 'correct horse battery staple, but longer', 'starts with "base64:" or "hex:"'],
  ['an empty text', '', 'starts with "base64:" or "hex:"'],
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

test.each(wrongSecrets)('I-4 %s is refused as a key', (_what, secret, message) => {
  const error = refusalOf(() => hmac(secret as Uint8Array));

  expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'keys' });
  expect(error.message).toContain(message);
});

test('I-4 the refusal of a short, typed or missing key prints the command that makes a good one', () => {
  for (const secret of [undefined, 'password', 'hex:zz', new Uint8Array(1), Buffer.alloc(32)]) {
    expect(refusalOf(() => hmac(secret as string)).message).toContain(
      `node -p "'base64:' + require('crypto').randomBytes(32).toString('base64')"`,
    );
  }
});

const wrongRings: readonly (readonly [what: string, make: () => unknown, field: string, message: string])[] = [
  ['no keys', () => keyring({ active: 'a', keys: {} }), 'keys', 'needs at least one key'],
  ['keys left out', () => hmacKeyring({ active: 'a' } as never), 'keys', 'needs at least one key'],
  ['an active key it lacks', () => hmacKeyring({ active: 'b', keys: { a } }), 'active', 'no key of the active id "b"'],
  [
    'an inherited name as active',
    () => hmacKeyring({ active: 'toString', keys: { a } }),
    'active',
    'no key of the active id',
  ],
  [
    'a revoked active key',
    () => keyring({ active: 'a', keys: { a: revoked(hmac(a)) } }),
    'active',
    'the active key "a" is revoked',
  ],
  [
    'an active key that may not sign',
    () => keyring({ active: 'a', keys: { a: verifyOnly(hmac(a)) } }),
    'active',
    'the active key "a" is verify-only',
  ],
  ['an empty key id', () => hmacKeyring({ active: '', keys: { '': a } }), 'keys', 'key id "" is not'],
  [
    'a key id of 129 characters',
    () => hmacKeyring({ active: 'a', keys: { a, ['b'.repeat(129)]: b } }),
    'keys',
    'is not 1 to 128 characters',
  ],
  [
    'a key id with a newline',
    () => hmacKeyring({ active: 'a', keys: { a, 'b\n': b } }),
    'keys',
    'is not 1 to 128 characters',
  ],
  [
    'one secret under two ids',
    () => hmacKeyring({ active: 'a', keys: { a, b: `hex:${Buffer.from(a).toString('hex')}` } }),
    'keys',
    'keys "a" and "b" hold the same secret',
  ],
  [
    'a revoked secret under a new id',
    () => keyring({ active: 'b', keys: { a: revoked(hmac(a)), b: hmac(a) } }),
    'keys',
    'keys "a" and "b" hold the same secret',
  ],
];

test.each(wrongRings)('I-4 a keyring with %s is refused', (_what, make, field, message) => {
  const error = refusalOf(make);

  expect(error).toMatchObject({ code: 'CONFIGURATION', field });
  expect(error.message).toContain(message);
});

test('bytes, KeyObject, hex and base64 of one secret are one key', async () => {
  const forms = [
    a,
    createSecretKey(a),
    `hex:${Buffer.from(a).toString('hex')}`,
    `hex:${Buffer.from(a).toString('hex').toUpperCase()}`,
    `base64:${Buffer.from(a).toString('base64')}`,
  ];

  const lines = await Promise.all(forms.map((form) => signed(hmacKeyring({ active: 'a', keys: { a: form } }))));

  for (const line of lines) expect(line).toEqual(lines[0]);
});

test('a key is copied: changing the bytes afterwards changes nothing', async () => {
  const bytes = Buffer.from(a);
  const keys = hmacKeyring({ active: 'a', keys: { a: bytes } });
  const before = await signed(keys);

  bytes.fill(0);

  expect(await signed(keys)).toEqual(before);
});

test('I-4 after a rotation the new key signs, the old one still verifies', async () => {
  const old = await signed(hmacKeyring({ active: 'a', keys: { a } }));
  const rotated = keyring({ active: 'b', keys: { a: verifyOnly(hmac(a)), b: hmac(b) } });

  expect(await verifyLine(rotated, [type], old)).toMatchObject({ keyId: 'a' });
  expect(await verifyLine(rotated, [type], await signed(rotated))).toMatchObject({ keyId: 'b' });
});

test('I-4 a revoked key proves nothing, an unknown one neither', async () => {
  const old = await signed(hmacKeyring({ active: 'a', keys: { a } }));
  const revoking = keyring({ active: 'b', keys: { a: revoked(hmac(a)), b: hmac(b) } });
  const forgetting = hmacKeyring({ active: 'b', keys: { b } });

  expect(await refusal(verifyLine(revoking, [type], old))).toMatchObject({ code: 'KEY_REVOKED' });
  expect(await refusal(verifyLine(forgetting, [type], old))).toMatchObject({ code: 'UNKNOWN_KEY' });
});

test('I-4 the same id with another secret verifies nothing', async () => {
  const line = await signed(hmacKeyring({ active: 'a', keys: { a } }));

  const error = await refusal(verifyLine(hmacKeyring({ active: 'a', keys: { a: b } }), [type], line));

  expect(error).toMatchObject({ code: 'SIGNATURE_INVALID' });
});

test('I-23 neither keys nor keyrings show a secret when they are printed or made JSON', () => {
  const ring = keyring({ active: 'a', keys: { a: hmac(a), b: verifyOnly(hmac(b)) } });
  const shown = [ring, hmac(a), verifyOnly(hmac(a)), revoked(hmac(b))]
    .map((value) => inspect(value, { depth: null, showHidden: true }) + JSON.stringify(value))
    .join('\n');

  for (const secret of [a, b]) {
    expect(shown).not.toContain(Buffer.from(secret).toString('hex').slice(0, 12));
    expect(shown).not.toContain(Buffer.from(secret).toString('base64').slice(0, 8));
    expect(shown).not.toContain([...secret.subarray(0, 4)].join(', '));
    expect(shown).not.toContain(
      Buffer.from(secret)
        .toString('hex')
        .slice(0, 8)
        .replaceAll(/(..)(?=.)/g, '$1 '),
    );
  }
});

test('I-23 the refusal of a key does not show it', () => {
  for (const secret of ['hunter2-hunter2', 'hex:deadbeefzz', 'base64:c2VjcmV0', Buffer.from('short-secret')]) {
    const shown = inspect(
      refusalOf(() => hmac(secret)),
      { depth: null, showHidden: true },
    );

    for (const part of ['hunter2', 'deadbeef', 'c2Vj', 'short-secret', Buffer.from('short').toString('hex')])
      expect(shown).not.toContain(part);
  }
});
