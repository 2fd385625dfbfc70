import { createHmac } from 'node:crypto';

import { expect, test } from 'vitest';

import { ed25519 } from './ed25519.ts';
import { generateKeyPair } from './generate-key.ts';
import { hmac } from './hmac.ts';
import { ed25519Keyring, hmacKeyring, keyring } from './keyring.ts';
import { revoked, verifyOnly, type SigningKey } from './signing-key.ts';
import { signPayload, verifyLine, type KeyProvider } from './signing.ts';
import { refusal, refusalOf, secretOf } from './store.test-helper.ts';

const a = secretOf('a');
const b = secretOf('b');
const { privateKey, publicKey } = generateKeyPair();
const type = 'application/x';

async function signed(keys: KeyProvider): Promise<Uint8Array> {
  return (await signPayload(keys, type, Buffer.from('statement'))).line;
}

function textOf(bytes: Uint8Array): string {
  return `hex:${Buffer.from(bytes).toString('hex')}`;
}

const five = Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((keyid) => [keyid, hmac(secretOf(keyid))]));

const wrongRings: readonly (readonly [what: string, make: () => unknown, field: string, message: string])[] = [
  ['no keys', () => keyring({ active: 'a', keys: {} }), 'keys', 'needs at least one key'],
  ['no keys to verify with', () => keyring({ keys: {} }), 'keys', 'needs at least one key'],
  ['keys left out', () => keyring({ active: 'a' } as never), 'keys', 'needs at least one key'],
  ['HMAC keys left out', () => hmacKeyring({ active: 'a' } as never), 'keys', 'needs at least one key'],
  [
    'Ed25519 keys left out',
    () => ed25519Keyring({ active: 'a' } as never),
    'keys',
    'needs at least one key; make one with: npx --package=@artifacts/core artifacts-keygen',
  ],
  [
    'an HMAC key whose variable is not set',
    () => hmacKeyring({ active: 'a', keys: { a: '' } }),
    'keys',
    'a signing key is missing, its text is empty',
  ],
  [
    'an Ed25519 key whose variable is not set',
    () => ed25519Keyring({ active: 'a', keys: { a: '' } }),
    'keys',
    'a signing key is missing, its text is empty',
  ],
  ['the bytes of a key', () => keyring({ active: 'a', keys: { a } as never }), 'keys', 'is made by hmac(), ed25519()'],
  [
    'a key that is undefined',
    () => keyring({ keys: { a: undefined } as never }),
    'keys',
    'is made by hmac(), ed25519()',
  ],
  ['bytes that only verify', () => verifyOnly(a as never), 'keys', 'is made by hmac(), ed25519()'],
  ['revoked bytes', () => revoked(a as never), 'keys', 'is made by hmac(), ed25519()'],
  ['an active key it lacks', () => hmacKeyring({ active: 'b', keys: { a } }), 'active', 'no key of the active id "b"'],
  [
    'an inherited name as active',
    () => hmacKeyring({ active: 'toString', keys: { a } }),
    'active',
    'no key of the active',
  ],
  [
    'one active key of two that it lacks',
    () => hmacKeyring({ active: ['a', 'b'], keys: { a } }),
    'active',
    'no key of the active id "b"',
  ],
  ['no active key', () => keyring({ active: [], keys: five }), 'active', '1 to 4 active keys sign, not 0'],
  ['five active keys', () => keyring({ active: Object.keys(five), keys: five }), 'active', 'sign, not 5'],
  ['an active key named twice', () => keyring({ active: ['a', 'b', 'a'], keys: five }), 'active', 'is named twice'],
  [
    'a revoked active key',
    () => keyring({ active: 'a', keys: { a: revoked(hmac(a)) } }),
    'active',
    'the active key "a" is revoked: choose one that may sign',
  ],
  ['an active key that was not kept', () => keyring({ active: 'a', keys: { a: revoked() } }), 'active', 'is revoked'],
  [
    'an active key that may not sign',
    () => keyring({ active: 'a', keys: { a: verifyOnly(hmac(a)) } }),
    'active',
    'the active key "a" is verify-only: choose one that may sign',
  ],
  [
    'an active public key',
    () => keyring({ active: ['a', 'e'], keys: { a: hmac(a), e: ed25519({ publicKey }) } }),
    'active',
    'the active key "e" is verify-only',
  ],
  ['an empty key id', () => hmacKeyring({ active: '', keys: { '': a } }), 'keys', 'key id "" is not 1 to 128'],
  [
    'a key id of 129 characters',
    () => keyring({ keys: { ['b'.repeat(129)]: hmac(b) } }),
    'keys',
    `key id "${'b'.repeat(128)}" is not 1 to 128 characters of [A-Za-z0-9._:/@+-]`,
  ],
  [
    'a key without a text, and a secret as its id',
    () => hmacKeyring({ active: 'a', keys: { a, [textOf(b)]: '' } }),
    'keys',
    'the key of entry 2: a signing key is missing',
  ],
  ['a key id with a newline', () => hmacKeyring({ active: 'a', keys: { a, 'b\n': b } }), 'keys', 'is not 1 to 128'],
  ['a key id with a comma', () => hmacKeyring({ active: 'a', keys: { a, 'b,c': b } }), 'keys', 'is not 1 to 128'],
  [
    'one secret under two ids',
    () => hmacKeyring({ active: 'a', keys: { a, b: textOf(a) } }),
    'keys',
    '"a" and "b" are the same key twice: give each its own',
  ],
  [
    'a revoked secret under a new id',
    () => keyring({ active: 'b', keys: { a: revoked(hmac(a)), b: hmac(a) } }),
    'keys',
    'twice',
  ],
  [
    'one private key under two ids',
    () => ed25519Keyring({ active: 'a', keys: { a: privateKey, b: privateKey } }),
    'keys',
    'twice',
  ],
  [
    'both keys of a pair',
    () => keyring({ active: 'a', keys: { a: ed25519({ privateKey }), b: ed25519({ publicKey }) } }),
    'keys',
    'twice',
  ],
  [
    'both keys of a pair, the public one first',
    () => keyring({ active: 'a', keys: { b: ed25519({ publicKey }), a: ed25519({ privateKey }) } }),
    'keys',
    'twice',
  ],
  [
    'one public key under two ids',
    () => keyring({ keys: { a: ed25519({ publicKey }), b: ed25519({ publicKey }) } }),
    'keys',
    'twice',
  ],
  // Whoever knows the public key could then make the MAC.
  [
    'a public key as a secret, too',
    () => keyring({ keys: { a: ed25519({ publicKey }), b: hmac(publicKey) } }),
    'keys',
    'twice',
  ],
  [
    'a private key as a secret, too',
    () => keyring({ active: 'a', keys: { b: hmac(privateKey), a: ed25519({ privateKey }) } }),
    'keys',
    'twice',
  ],
];

test('what fails without being the refusal of a key is thrown as it is', () => {
  const unreadable = new Proxy(new Uint8Array(32), {});

  expect(() => hmacKeyring({ active: 'a', keys: { a: unreadable } })).toThrow(TypeError);
});

test.each(wrongRings)('I-4 a keyring with %s is refused', (_what, make, field, message) => {
  const error = refusalOf(make);

  expect(error).toMatchObject({ code: 'CONFIGURATION', field });
  expect(error.message).toContain(message);
});

test('up to four keys are active, with ids of up to 128 characters', () => {
  const { e, ...four } = five;
  const last = 'e'.repeat(128);
  const active = ['a', 'b', 'c', last];

  const ring = keyring({ active, keys: { ...four, [last]: e as SigningKey } });

  expect([ring.active()].flat()).toMatchObject(active.map((keyid) => ({ keyid })));
});

test('HMAC and Ed25519 keys stand in one keyring, and the active one decides how it signs', async () => {
  const keys = { a: hmac(a), e: ed25519({ privateKey }) };
  const reader = keyring({ keys: { a: hmac(a), e: ed25519({ publicKey }) } });

  for (const active of ['a', 'e'] as const) {
    const ring = keyring({ active, keys });
    expect(await verifyLine(ring, [type], await signed(ring))).toMatchObject({ keyId: active });
    expect(await verifyLine(reader, [type], await signed(ring))).toMatchObject({ keyId: active });
  }
});

test('a keyring of public keys verifies, and has nothing to sign with', async () => {
  const reader = keyring({ keys: { e: ed25519({ publicKey }), h: verifyOnly(hmac(a)), old: revoked() } });

  expect(
    await verifyLine(reader, [type], await signed(ed25519Keyring({ active: 'e', keys: { e: privateKey } }))),
  ).toMatchObject({ keyId: 'e' });
  expect('active' in reader).toBe(false);
  expect(await reader.find('h')).toMatchObject({ keyid: 'h', revoked: false });
  expect(await reader.find('old')).toMatchObject({ keyid: 'old', revoked: true });
  expect(await reader.find('toString')).toBeUndefined();
});

test('I-4 a MAC made with the bytes of a public key verifies nothing, whatever it is called', async () => {
  const reader = keyring({ keys: { e: ed25519({ publicKey }) } });
  const secret = Buffer.from(publicKey.slice('base64:'.length), 'base64');
  const forged = await signed(hmacKeyring({ active: 'e', keys: { e: secret } }));
  const longer = await signed({
    active: () => ({ keyid: 'e', sign: (message) => createHmac('sha512', secret).update(message).digest() }),
    find: () => undefined,
  });

  expect(await refusal(verifyLine(reader, [type], forged))).toMatchObject({ code: 'SIGNATURE_INVALID' });
  expect(await refusal(verifyLine(reader, [type], longer))).toMatchObject({ code: 'SIGNATURE_INVALID' });
});

test('I-4 an Ed25519 signature verifies nothing under the id of an HMAC key, of the same bytes or not', async () => {
  const line = await signed(ed25519Keyring({ active: 'h', keys: { h: privateKey } }));

  for (const secret of [a, publicKey, privateKey]) {
    const ring = hmacKeyring({ active: 'h', keys: { h: secret } });
    expect(await refusal(verifyLine(ring, [type], line))).toMatchObject({ code: 'SIGNATURE_INVALID' });
  }
});

test('I-4 after a rotation the new key signs, the old one still verifies', async () => {
  const old = await signed(hmacKeyring({ active: 'a', keys: { a } }));
  const rotated = keyring({ active: 'b', keys: { a: verifyOnly(hmac(a)), b: hmac(b) } });

  expect(await verifyLine(rotated, [type], old)).toMatchObject({ keyId: 'a' });
  expect(await verifyLine(rotated, [type], await signed(rotated))).toMatchObject({ keyId: 'b' });
});

test('I-4 a revoked key proves nothing, kept or not, and an unknown one neither', async () => {
  const old = await signed(hmacKeyring({ active: 'a', keys: { a } }));
  const forgetting = hmacKeyring({ active: 'b', keys: { b } });

  for (const key of [revoked(hmac(a)), revoked(), verifyOnly(revoked(hmac(a)))]) {
    const revoking = keyring({ active: 'b', keys: { a: key, b: hmac(b) } });
    expect(await refusal(verifyLine(revoking, [type], old))).toMatchObject({ code: 'KEY_REVOKED' });
  }
  expect(await refusal(verifyLine(forgetting, [type], old))).toMatchObject({ code: 'UNKNOWN_KEY' });
});

test('several keys that were not kept are no key twice', async () => {
  const ring = keyring({ active: 'b', keys: { a: revoked(), b: hmac(b), c: revoked() } });

  expect(await ring.find('a')).toMatchObject({ revoked: true });
  expect(await ring.find('c')).toMatchObject({ revoked: true });
});

test('I-4 the same id with another secret verifies nothing', async () => {
  const line = await signed(hmacKeyring({ active: 'a', keys: { a } }));

  const error = await refusal(verifyLine(hmacKeyring({ active: 'a', keys: { a: b } }), [type], line));

  expect(error).toMatchObject({ code: 'SIGNATURE_INVALID' });
});
