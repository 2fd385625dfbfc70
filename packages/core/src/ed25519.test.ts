import { createPrivateKey, createPublicKey, createSecretKey, generateKeyPairSync, sign } from 'node:crypto';

import { expect, test } from 'vitest';

import { ed25519 } from './ed25519.ts';
import { generateKeyPair } from './generate-key.ts';
import { hmac } from './hmac.ts';
import { flipped, refusalOf, secretOf } from './store.test-helper.ts';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const privatePem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
const publicPem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
const seed = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32);
const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const x25519 = generateKeyPairSync('x25519');
const message = Buffer.from('statement');

function textsOf(bytes: Uint8Array): string[] {
  const hex = Buffer.from(bytes).toString('hex');
  return [`base64:${Buffer.from(bytes).toString('base64')}`, `hex:${hex}`, `hex:${hex.toUpperCase()}`];
}

test('KeyObject, PEM, bytes, hex and base64 of one private key sign alike', () => {
  const signature = sign(null, message, privateKey);

  for (const form of [
    privateKey,
    privatePem,
    `\n${privatePem}\n`,
    privatePem.replaceAll('\n', '\r\n'),
    seed,
    ...textsOf(seed),
  ]) {
    const key = ed25519({ privateKey: form });
    expect(Buffer.from(key.sign(message))).toEqual(signature);
    expect(key.verify(message, signature)).toBe(true);
  }
});

test('KeyObject, PEM, bytes, hex and base64 of one public key verify alike', () => {
  const signature = sign(null, message, privateKey);

  for (const form of [publicKey, publicPem, ` ${publicPem}`, Uint8Array.from(point), ...textsOf(point)]) {
    const key = ed25519({ publicKey: form });
    expect(key.verify(message, signature)).toBe(true);
    expect(key.verify(Buffer.from('Statement'), signature)).toBe(false);
  }
});

test('a key is taken with the prefix it is printed with', () => {
  const signature = sign(null, message, privateKey);

  for (const text of textsOf(seed))
    expect(Buffer.from(ed25519({ privateKey: `ed25519:${text}` }).sign(message))).toEqual(signature);
  for (const text of textsOf(point))
    expect(ed25519({ publicKey: `ed25519-public:${text}` }).verify(message, signature)).toBe(true);
});

test('a key is copied: changing the bytes afterwards changes nothing', () => {
  const bytes = Buffer.from(seed);
  const key = ed25519({ privateKey: bytes });

  bytes.fill(0);

  expect(Buffer.from(key.sign(message))).toEqual(sign(null, message, privateKey));
});

test('I-4 a signature of another length, with any bit flipped, or over something else verifies nothing', () => {
  const key = ed25519({ publicKey });
  const signature = sign(null, message, privateKey);

  for (const length of [0, 1, 32, 63]) expect(key.verify(message, signature.subarray(0, length))).toBe(false);
  for (const more of [1, 64]) expect(key.verify(message, Buffer.concat([signature, Buffer.alloc(more)]))).toBe(false);
  for (let bit = 0; bit < signature.length * 8; bit += 1)
    expect(key.verify(message, flipped(signature, bit))).toBe(false);
  expect(key.verify(Buffer.from('Statement'), signature)).toBe(false);
});

test('I-4 a signature has one form: adding the order of the group to its second half verifies nothing', () => {
  const signature = sign(null, message, privateKey);
  const order = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
  const scalar = BigInt(`0x${Buffer.from(signature.subarray(32).toReversed()).toString('hex')}`);
  const larger = Buffer.from((scalar + order).toString(16).padStart(64, '0'), 'hex').toReversed();

  expect(ed25519({ publicKey }).verify(message, Buffer.concat([signature.subarray(0, 32), larger]))).toBe(false);
});

const makeKeyPair = 'npx --package=@artifacts/core artifacts-keygen --ed25519';
const keyPairs = `make a pair with: ${makeKeyPair}`;

const wrong: readonly (readonly [what: string, material: unknown, message: string])[] = [
  ['no key', {}, `an Ed25519 key is missing: give its privateKey or its publicKey; ${keyPairs}`],
  ['a missing private key', { privateKey: undefined }, 'an Ed25519 key is missing'],
  ['a private key that is null', { privateKey: null }, 'an Ed25519 key is missing'],
  ['a public key that is a number', { publicKey: 7 }, 'an Ed25519 key is missing'],
  ['a text in the place of the two', 'base64:x', 'an Ed25519 key is missing'],
  [
    'a private key that is an empty text',
    { privateKey: '' },
    `a signing key is missing, its text is empty: set the variable it comes from, or make one with: ${makeKeyPair}`,
  ],
  ['a public key that is an empty text', { publicKey: '' }, 'a signing key is missing, its text is empty'],
  [
    'the printed public key as the private one',
    { privateKey: `ed25519-public:${textsOf(point)[0]}` },
    'an Ed25519 private key was asked for, this text is of a public one: give the text that begins with "ed25519:"',
  ],
  [
    'the printed private key as the public one',
    { publicKey: `ed25519:${textsOf(seed)[0]}` },
    'an Ed25519 public key was asked for, this text is of a private one: give the text that begins with "ed25519-public:"',
  ],
  ['a prefix alone', { privateKey: 'ed25519:' }, 'a signing key is missing, its text is empty'],
  ['a prefix twice', { privateKey: `ed25519:ed25519:${textsOf(seed)[0]}` }, 'starts with "base64:" or "hex:"'],
  ['PEM text behind a prefix', { publicKey: `ed25519-public:${publicPem}` }, 'starts with "base64:" or "hex:"'],
  ['another prefix', { privateKey: `x25519:${textsOf(seed)[0]}` }, 'starts with "base64:" or "hex:"'],
  ['both keys', { privateKey, publicKey }, 'not both: the private one suffices'],
  [
    'a public KeyObject as the private key',
    { privateKey: publicKey },
    'an Ed25519 private key was asked for, this KeyObject is public',
  ],
  [
    'a private KeyObject as the public key',
    { publicKey: privateKey },
    'an Ed25519 public key was asked for, this KeyObject is private',
  ],
  ['a secret KeyObject', { privateKey: createSecretKey(seed) }, 'this KeyObject is secret'],
  ['an RSA key', { privateKey: rsa.privateKey }, `an Ed25519 key was asked for, this one is rsa; ${keyPairs}`],
  ['an RSA public key', { publicKey: rsa.publicKey }, 'this one is rsa'],
  [
    'the PEM text of an RSA key',
    { privateKey: rsa.privateKey.export({ format: 'pem', type: 'pkcs8' }) },
    'this one is rsa',
  ],
  ['an X25519 key', { privateKey: x25519.privateKey }, 'this one is x25519'],
  [
    'the PEM text of an X25519 key',
    { publicKey: x25519.publicKey.export({ format: 'pem', type: 'spki' }) },
    'this one is x25519',
  ],
  [
    'the PEM text of the private key as the public one',
    { publicKey: privatePem },
    'begins with "-----BEGIN PUBLIC KEY-----"',
  ],
  [
    'the PEM text of the public key as the private one',
    { privateKey: publicPem },
    'begins with "-----BEGIN PRIVATE KEY-----"',
  ],
  [
    'an encrypted private key',
    { privateKey: privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' }) },
    'begins with "-----BEGIN PRIVATE KEY-----": give it in that form, not encrypted',
  ],
  [
    'a private key in PKCS#1',
    { privateKey: rsa.privateKey.export({ format: 'pem', type: 'pkcs1' }) },
    'begins with "-----BEGIN PRIVATE',
  ],
  ['PEM text that ends early', { privateKey: privatePem.slice(0, 60) }, `is not well-formed; ${keyPairs}`],
  ['PEM text of something else', { publicKey: publicPem.replace('MCow', 'AAAA') }, 'is not well-formed'],
  [
    'PEM text as bytes',
    { privateKey: Buffer.from(privatePem) },
    'has 32 bytes, this one has 119: give those, or PEM as text',
  ],
  ['31 bytes', { privateKey: seed.subarray(1) }, `an Ed25519 private key has 32 bytes, this one has 31`],
  [
    '33 bytes',
    { publicKey: Buffer.concat([point, Buffer.alloc(1)]) },
    'an Ed25519 public key has 32 bytes, this one has 33',
  ],
  ['seed and public key behind it', { privateKey: Buffer.concat([seed, point]) }, 'this one has 64'],
  ['no bytes', { publicKey: 'hex:' }, 'this one has 0'],
  ['plain text', { privateKey: 'correct horse battery staple, but longer' }, 'starts with "base64:" or "hex:"'],
  ['hex that is none', { publicKey: 'hex:zz' }, `is not well-formed hex; make a key with: ${makeKeyPair}`],
  ['base64 without padding', { privateKey: textsOf(seed)[0]?.slice(0, -1) }, 'is not well-formed base64'],
  ['zeros', { privateKey: Buffer.alloc(32) }, `this one is guessable; make one with: ${makeKeyPair}`],
  ['one byte over and over', { privateKey: `hex:${'fe'.repeat(32)}` }, 'is guessable'],
  ['eleven bytes, repeated', { privateKey: Buffer.alloc(32, secretOf('x').subarray(0, 11)) }, 'is guessable'],
  ['a typed phrase', { privateKey: Buffer.from('correct horse battery staple, XY') }, 'is guessable'],
  ['a KeyObject of zeros', { privateKey: keyObjectOf(Buffer.alloc(32)) }, 'is guessable'],
];

function keyObjectOf(bytes: Uint8Array) {
  const key = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), bytes]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

test.each(wrong)('I-4 %s is refused as an Ed25519 key', (_what, material, problem) => {
  const error = refusalOf(() => ed25519(material as { privateKey: string }));

  expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'keys' });
  expect(error.message).toContain(problem);
});

test('I-4 what OpenSSL says of PEM text is the cause', () => {
  const { cause } = refusalOf(() => ed25519({ privateKey: privatePem.slice(0, 60) }));

  expect(cause).toMatchObject({ code: expect.stringMatching(/^ERR_OSSL_/) as string });
});

// RFC 8032, 7.1: TEST 1, TEST 2, TEST 3, TEST 1024 and TEST SHA(abc), the last of which 7.3 has, too; then those of 7.2.
const publishedSeeds = [
  '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
  '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
  'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
  'f5e5767cf153319517630f226876b86c8160cc583bc013744c6bf255f5cc0ee5',
  '833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
  '0305334e381af78f141cb666f6199f57bc3495335a256a95bd2a55bf546663f6',
  'ab9c2853ce297ddab85c993b3ae14bcad39b2c682beabc27d6d4eb20711d6560',
];

test.each(publishedSeeds)('I-4 the published key %s is refused, private or public', (hex) => {
  const published = keyObjectOf(Buffer.from(hex, 'hex'));

  for (const material of [
    { privateKey: `hex:${hex}` },
    { privateKey: published },
    { publicKey: createPublicKey(published) },
  ]) {
    expect(refusalOf(() => ed25519(material))).toMatchObject({
      code: 'CONFIGURATION',
      field: 'keys',
      message: `an Ed25519 public key is well-known: RFC 8032 shows its private key; ${keyPairs}`,
    });
  }
});

// scripts/verify_vectors.py multiplies each of them by 8 and finds the neutral point.
const ofSmallOrder = [
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  '00'.repeat(32),
  `${'00'.repeat(31)}80`,
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
];
const secondForms = [
  `01${'00'.repeat(30)}80`,
  `ec${'ff'.repeat(31)}`,
  `ed${'ff'.repeat(30)}7f`,
  `ed${'ff'.repeat(31)}`,
  `ee${'ff'.repeat(30)}7f`,
  `ee${'ff'.repeat(31)}`,
];

test.each([...ofSmallOrder, ...secondForms])('I-4 the public key %s, for which anybody can sign, is refused', (hex) => {
  const key = Buffer.from(`302a300506032b6570032100${hex}`, 'hex');

  for (const material of [`hex:${hex}`, createPublicKey({ key, format: 'der', type: 'spki' })]) {
    const error = refusalOf(() => ed25519({ publicKey: material }));
    expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'keys' });
    expect(error.message).toMatch(/is of small order|is not encoded in its one form/);
  }
});

test('I-4 a public key in a second form is refused, of small order or not', () => {
  expect(refusalOf(() => ed25519({ publicKey: `hex:f0${'ff'.repeat(30)}7f` })).message).toBe(
    `an Ed25519 public key is not encoded in its one form; ${keyPairs}`,
  );
});

test('an HMAC key made of a PEM text or a pair is refused', () => {
  const pair = generateKeyPair();

  for (const material of [privatePem, publicPem, `ed25519:${pair.privateKey}`, `ed25519-public:${pair.publicKey}`])
    expect(refusalOf(() => hmac(material)).message).toContain('starts with "base64:" or "hex:"');
});
