import { expect, test } from 'vitest';

import { ed25519 } from './ed25519.ts';
import { generateKey, generateKeyPair } from './generate-key.ts';
import { hmac } from './hmac.ts';
import { keyring } from './keyring.ts';
import { holdsSecret, keyringFromText, verificationKeysFromText } from './keyring-text.ts';
import type { SigningKey } from './signing-key.ts';
import { signPayload, verifyLine, type KeyProvider } from './signing.ts';
import { refusal, refusalOf } from './store.test-helper.ts';

const [one, two] = [generateKey(), generateKey()];
const pair = generateKeyPair();
const other = generateKeyPair();
const type = 'application/x';

async function signed(keys: KeyProvider): Promise<Uint8Array> {
  return (await signPayload(keys, type, Buffer.from('statement'))).line;
}

function signedBy(keyid: string, key: SigningKey): Promise<Uint8Array> {
  return signed(keyring({ active: keyid, keys: { [keyid]: key } }));
}

function hexOf(text: string): string {
  return `hex:${Buffer.from(text.slice('base64:'.length), 'base64').toString('hex')}`;
}

test('the first key signs, and all of them verify', async () => {
  const keys = keyringFromText(
    `k3=${one},k2=${hexOf(two)},e1=ed25519:${pair.privateKey},e0=ed25519-public:${other.publicKey}`,
  );

  expect(await verifyLine(keys, [type], await signed(keys))).toMatchObject({ keyId: 'k3' });
  expect(await signed(keys)).toEqual(await signedBy('k3', hmac(one)));
  for (const [keyid, key] of [
    ['k2', hmac(two)],
    ['e1', ed25519({ privateKey: pair.privateKey })],
    ['e0', ed25519({ privateKey: other.privateKey })],
  ] as const)
    expect(await verifyLine(keys, [type], await signedBy(keyid, key))).toMatchObject({ keyId: keyid });
});

test('an Ed25519 private key may be the first, as base64 or hex', async () => {
  for (const key of [pair.privateKey, hexOf(pair.privateKey)]) {
    const keys = keyringFromText(`e1=ed25519:${key}`);
    expect(await signed(keys)).toEqual(await signedBy('e1', ed25519({ privateKey: key })));
  }
});

test('commas and newlines separate, and comments, blank lines and spaces around an entry say nothing', async () => {
  const text = `\ufeff# rotated, as every year\r\n\r\n  k3=${one} ,\r\n\t# k9=${generateKey()},\n,k2=${two},k1=revoked\n`;
  const keys = keyringFromText(text);

  expect(await verifyLine(keys, [type], await signed(keys))).toMatchObject({ keyId: 'k3' });
  expect(await keys.find('k2')).toMatchObject({ revoked: false });
  expect(await keys.find('k1')).toMatchObject({ revoked: true });
  expect(await keys.find('k9')).toBeUndefined();
});

test('a line may begin with the name of the variable, as one of an .env file does', async () => {
  const text = `# new\n ARTIFACT_SIGNING_KEY=k3=${one},k2=${two}\r\n\tARTIFACT_SIGNING_KEY=k1=revoked\n# ARTIFACT_SIGNING_KEY=k0=revoked\n`;
  const keys = keyringFromText(text);

  expect(await verifyLine(keys, [type], await signed(keys))).toMatchObject({ keyId: 'k3' });
  expect(await keys.find('k2')).toMatchObject({ revoked: false });
  expect(await verificationKeysFromText(text).find('k1')).toMatchObject({ revoked: true });
  expect(await keys.find('k0')).toBeUndefined();
});

test('I-4 what a revoked id signed is refused', async () => {
  const line = await signedBy('k1', hmac(two));

  for (const keys of [keyringFromText(`k2=${one},k1=revoked`), verificationKeysFromText('k1=revoked')])
    expect(await refusal(verifyLine(keys, [type], line))).toMatchObject({ code: 'KEY_REVOKED' });
});

test('a reader takes any key first, and signs with none', async () => {
  const texts = [
    `e1=ed25519-public:${pair.publicKey}`,
    `k0=revoked,e1=ed25519:${pair.privateKey}`,
    `k2=${one}\ne1=ed25519:${pair.privateKey}`,
  ];
  const line = await signedBy('e1', ed25519({ privateKey: pair.privateKey }));

  for (const text of texts) {
    const keys = verificationKeysFromText(text);
    expect(await verifyLine(keys, [type], line)).toMatchObject({ keyId: 'e1' });
    expect('active' in keys).toBe(false);
  }
});

test('a text holds a secret unless each of its entries is a public key or the mark of a revoked one', () => {
  const open = [
    `e1=ed25519-public:${pair.publicKey}`,
    `# k9=${one}\ne1=ed25519-public:${pair.publicKey},k1=revoked`,
    '',
  ];
  const secret = [
    `k1=${one}`,
    `e1=ed25519-public:${pair.publicKey},k1=${one}`,
    `e1=ed25519:${pair.privateKey}`,
    'k1=revoked soon',
    'k1=key=revoked',
    one,
  ];

  expect(open.map(holdsSecret)).toEqual([false, false, false]);
  expect(secret.map(holdsSecret)).toEqual([true, true, true, true, true, true]);
});

test('an id may be a name that JavaScript knows', async () => {
  const keys = keyringFromText(`__proto__=${one},constructor=${two}`);

  expect(await verifyLine(keys, [type], await signed(keys))).toMatchObject({ keyId: '__proto__' });
  expect(await keys.find('constructor')).toMatchObject({ revoked: false });
  expect(await keys.find('toString')).toBeUndefined();
});

const notAnEntry =
  'is not an id, "=" and a key: write "k1=base64:..."; make one with: npx --package=@artifacts/core artifacts-keygen';
const noForm =
  'a key is written as "base64:...", "hex:...", "ed25519:base64:...", "ed25519-public:base64:..." or "revoked"; make one with: npx --package=@artifacts/core artifacts-keygen';
const long = 'k'.repeat(33);

const wrongTexts: readonly (readonly [what: string, text: unknown, problem: string])[] = [
  [
    'no text',
    undefined,
    'there is no key: write "k1=base64:..."; make one with: npx --package=@artifacts/core artifacts-keygen',
  ],
  ['a number', 7, 'there is no key'],
  ['an empty text', '', 'there is no key'],
  ['nothing but comments', '# k1=base64:...\n\n, ,\n', 'there is no key'],
  ['plain text', 'correct horse battery staple', `entry 1 ${notAnEntry}`],
  ['a key without an id', one, `entry 1 ${notAnEntry}`],
  [
    'a key without an id whose padding is doubled',
    `base64:${Buffer.alloc(34, 7).toString('base64')}`,
    `entry 1 ${notAnEntry}`,
  ],
  ['a key without an id and something behind it', `${one} x=y`, `entry 1 ${notAnEntry}`],
  ['a key without its encoding', one.slice('base64:'.length), `entry 1 ${notAnEntry}`],
  ['an Ed25519 key without an id', `ed25519:${pair.privateKey}`, `entry 1 ${notAnEntry}`],
  ['a public key without an id', `k1=${one},ed25519-public:${hexOf(pair.publicKey)}`, `entry 2 ${notAnEntry}`],
  ['a variable that holds a key without an id', `ARTIFACT_SIGNING_KEY=${one}`, `entry 1 ${notAnEntry}`],
  ['a variable that is empty', 'ARTIFACT_SIGNING_KEY=\n', 'there is no key'],
  [
    'a variable in the middle of a line',
    `k2=${two},ARTIFACT_SIGNING_KEY=k1=${one}`,
    `key "ARTIFACT_SIGNING_KEY": ${noForm}`,
  ],
  ['another variable', `ARTIFACT_AUDIENCE=test`, `key "ARTIFACT_AUDIENCE": ${noForm}`],
  ['an empty id', `=${one}`, `entry 1 ${notAnEntry}`],
  ['an id without a key', 'k1=', `entry 1 ${notAnEntry}`],
  ['an id with a space', `k1=${one}\nk 2=${two}`, 'the id of entry 2 is not 1 to 128 characters of [A-Za-z0-9._:/@+-]'],
  ['an id of 129 characters', `${'k'.repeat(129)}=${one}`, 'the id of entry 1 is not 1 to 128 characters'],
  ['plain text behind an id', 'k1=correct horse battery staple', `key "k1": ${noForm}`],
  ['plain text behind a long id', `${long}=correct horse battery staple`, `the key of entry 1: ${noForm}`],
  ['another encoding', 'k1=utf8:x', `key "k1": ${noForm}`],
  ['another algorithm', `k1=rsa:${one}`, `key "k1": ${noForm}`],
  ['revoked in capitals', `k2=${one},k1=REVOKED`, `key "k1": ${noForm}`],
  ['a space before the key', `k1= ${one}`, `entry 1 ${notAnEntry}`],
  ['a short key', `k2=${one},k1=hex:00`, 'key "k1": a signing key needs at least 32 bytes, this one has 1'],
  ['base64 that goes on', `k1=${one}x`, 'key "k1": the text after "base64:" is not well-formed base64'],
  ['a guessable key', `k1=hex:${'00'.repeat(32)}`, 'key "k1": a signing key must be drawn at random'],
  [
    'an Ed25519 key that is too short',
    'e1=ed25519:hex:00',
    'key "e1": an Ed25519 private key has 32 bytes, this one has 1',
  ],
  [
    'a public key of small order',
    `k1=${one},e1=ed25519-public:hex:${'00'.repeat(32)}`,
    'key "e1": an Ed25519 public key is of small order',
  ],
  ['one id twice', `k1=${one},k2=${two},k2=revoked`, 'key "k2" is there twice: give each key its own id'],
  ['the first id twice', `k1=${one},k1=${two}`, 'key "k1" is there twice'],
  ['a long id twice', `k1=${one},${long}=${two},${long}=revoked`, 'the key of entry 3 is there twice'],
  ['one key twice', `k1=${one},k2=${hexOf(one)}`, 'its keys: "k1" and "k2" are the same key twice: give each its own'],
  [
    'both keys of a pair',
    `e1=ed25519:${pair.privateKey},e2=ed25519-public:${pair.publicKey}`,
    'its keys: "e1" and "e2" are the same',
  ],
];

test.each(wrongTexts)('I-4 a text with %s is refused, for writers and readers', (_what, text, problem) => {
  for (const read of [keyringFromText, verificationKeysFromText]) {
    const error = refusalOf(() => read(text as string));
    expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'text' });
    expect(error.message).toContain(`text: ${problem}`);
  }
});

test.each([
  ['a public key', `e1=ed25519-public:${pair.publicKey},k1=${one}`, 'key "e1" is verify-only'],
  ['a revoked key', `k1=revoked,k2=${one}`, 'key "k1" is revoked'],
  ['a revoked key with a long id', `${long}=revoked,k2=${one}`, 'the key of entry 1 is revoked'],
])('I-4 a text that begins with %s is refused for writers', (_what, text, problem) => {
  expect(refusalOf(() => keyringFromText(text))).toMatchObject({
    code: 'CONFIGURATION',
    field: 'text',
    message: `text: the first key signs, but ${problem}: put one that may sign first`,
  });
});
