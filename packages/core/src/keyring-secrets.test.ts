import { createPrivateKey, createSecretKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { ed25519 } from './ed25519.ts';
import { isArtifactError } from './errors.ts';
import { hmac } from './hmac.ts';
import { keygen } from './keygen-command.ts';
import { keyringFromEnvironment, verificationKeysFromEnvironment } from './keyring-environment.ts';
import { keyringFromText } from './keyring-text.ts';
import { ed25519Keyring, hmacKeyring, keyring } from './keyring.ts';
import { spellingIn, spellings } from './secrets.test-helper.ts';
import { revoked, verifyOnly } from './signing-key.ts';
import { attempt, secretOf } from './store.test-helper.ts';

const folder = mkdtempSync(join(tmpdir(), 'artifacts-secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

const secret = Buffer.from(secretOf('a secret, or a seed'));
/** Every part of it that could be shown. Base64 begins anew after three bytes. */
const forbidden = [0, 3, 6, 9, 12, 15, 18, 21, 24].flatMap((offset) => spellings(secret.subarray(offset)));

const [base64, url, hex] = [secret.toString('base64'), secret.toString('base64url'), secret.toString('hex')];
const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), secret]);
const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();

/** A secret in all the ways somebody might write it, right or wrong. */
const texts = [
  base64,
  base64.slice(0, -1),
  url,
  hex,
  secret.toString('latin1'),
  secret.subarray(0, 13).toString('base64'),
  pem,
  pem.replaceAll('PRIVATE', 'PUBLIC'),
  pem.replaceAll('PRIVATE', 'EC PRIVATE'),
  pem.replace('MC4C', 'MC5C'),
  pem.replace('-----END', '-----'),
  pem.slice(0, 90),
  pem.replaceAll('\n', String.raw`\n`),
].flatMap((text) => [
  text,
  `base64:${text}`,
  `base64:${text}=`,
  `base64: ${text}`,
  `hex:${text}`,
  `hex:${text}0`,
  `hex:${text.slice(0, 40)}`,
  `utf8:${text}`,
]);
const entries = texts.flatMap((text) => [
  text,
  `ed25519:${text}`,
  `ed25519-public:${text}`,
  `${text}=`,
  `${text} # of this year`,
  ...['k1', '', 'k 1', 'k'.repeat(33), 'ARTIFACT_SIGNING_KEY=k1'].flatMap((keyid) => [
    `${keyid}=${text}`,
    `${keyid}=ed25519:${text}`,
    `${keyid}=ed25519-public:${text}`,
    `${keyid}:${text}`,
  ]),
]);
function expectNoSecret(value: unknown, what: string): void {
  expect(spellingIn(value, forbidden), `what ${what} shows`).toBeUndefined();
}

/** Calls, and tells how many were refused. What they gave or threw must show nothing of the secret. */
function refusals(calls: readonly (() => unknown)[]): number {
  const outcomes = calls.map((call) => attempt(call));
  for (const outcome of outcomes) expectNoSecret(outcome, 'a key or its refusal');
  return outcomes.filter((outcome) => isArtifactError(outcome, 'CONFIGURATION')).length;
}

test('what is searched for would be found', () => {
  for (const text of [`key ${base64}`, `key ${hex.slice(20)}`, `key ${url.slice(-12)}`])
    expect(() => expectNoSecret(new Error('x', { cause: new Error(text) }), 'it')).toThrow('what it shows');
});

test('I-23 no spelling of a key, right or wrong, is shown by what takes it or refuses it', () => {
  const refused = refusals(
    texts.flatMap((text) => [
      () => hmac(text),
      () => ed25519({ privateKey: text }),
      () => ed25519({ publicKey: text }),
      () => ed25519({ privateKey: `ed25519:${text}` }),
      () => ed25519({ privateKey: `ed25519-public:${text}` }),
      () => ed25519({ publicKey: `ed25519:${text}` }),
      () => ed25519({ publicKey: `ed25519-public:${text}` }),
      () => ed25519(text as never),
      () => hmacKeyring({ active: 'k1', keys: { k1: text } }),
      () => ed25519Keyring({ active: 'k2', keys: { k1: text } }),
      () => keyring({ active: 'k1', keys: { k1: text } as never }),
      () => keyring({ keys: text as never }),
      () => revoked(text as never),
      () => verifyOnly(text as never),
    ]),
  );

  // Of 1,456; the others are keys.
  expect(refused).toBe(1429);
});

test('I-23 neither are its bytes or its KeyObject', () => {
  const materials = [
    secret,
    secret.subarray(1),
    Buffer.concat([secret, secret]),
    der,
    Buffer.from(pem),
    createSecretKey(secret),
    privateKey,
  ];
  const refused = refusals(
    (materials as readonly Buffer[]).flatMap((material) => [
      () => hmac(material),
      () => ed25519({ privateKey: material }),
      () => ed25519({ publicKey: material }),
      () => ed25519({ privateKey: material, publicKey: material } as never),
      () => ed25519(material as never),
      () => keyring({ active: 'k1', keys: { k1: material } as never }),
      () => keyring({ active: 'k1', keys: material as never }),
      () => hmacKeyring({ active: 'k1', keys: { k1: material, k2: material } }),
      () => ed25519Keyring({ active: 'k1', keys: { k1: material, k2: material } }),
      () => revoked(material as never),
    ]),
  );

  // Of 70; the others are keys.
  expect(refused).toBe(62);
});

test('I-23 a text, a variable or a file that holds a secret in any spelling shows nothing of it', () => {
  const file = join(folder, 'keys');
  const refused = refusals(
    entries.flatMap((text) => [
      () => keyringFromText(text),
      () => verificationKeysFromEnvironment({ ARTIFACT_SIGNING_KEY: `k9=revoked\n${text}, ${text}` }),
      () => keyringFromEnvironment({ ARTIFACT_SIGNING_KEY_FILE: text }),
      () => {
        writeFileSync(file, text, { mode: 0o600 });
        return verificationKeysFromEnvironment({ ARTIFACT_SIGNING_KEY_FILE: file });
      },
    ]),
  );

  // Of 10,400; the others are keys.
  expect(refused).toBe(10_334);
}, 60_000);

test('I-23 a secret among the arguments of the key generator is not repeated', () => {
  for (const text of entries) {
    for (const args of [[text], ['--id', text], [`--id=${text}`], ['--ed25519', text], [`--${text}`], ['--', text]])
      expectNoSecret(keygen(args, new Date(0)), 'the key generator');
  }
});

test('I-23 Ed25519 keys, keyrings and what they give show no private key', async () => {
  const ring = keyring({
    active: ['e', 'h'],
    keys: { e: ed25519({ privateKey }), h: hmac(secretOf('another')), r: revoked() },
  });
  const key = ed25519({ privateKey: secret });
  const values = [
    ring,
    await ring.active(),
    await ring.find('e'),
    key,
    verifyOnly(key),
    revoked(key),
    ed25519({ privateKey: pem }),
  ];

  for (const value of values) expectNoSecret(value, 'a key');
});
