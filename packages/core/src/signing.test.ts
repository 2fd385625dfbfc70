import { expect, test } from 'vitest';

import { decodeEnvelope, encodeEnvelope } from './envelope.ts';
import { ed25519 } from './ed25519.ts';
import { generateKeyPair } from './generate-key.ts';
import { hmac } from './hmac.ts';
import { keyring } from './keyring.ts';
import { memoryBackend } from './memory.ts';
import { revoked } from './signing-key.ts';
import { signPayload, verifyLine, type KeyProvider, type Signer, type VerificationKeys } from './signing.ts';
import { objectAt, open, refusal, secretOf } from './store.test-helper.ts';

const { privateKey, publicKey } = generateKeyPair();
const type = 'application/x';
const payload = Buffer.from('statement');
const keys = { h: hmac(secretOf('h')), e: ed25519({ privateKey }) };

function signersNamed(...keyids: readonly string[]): KeyProvider {
  return { active: () => keyids.map((keyid) => ({ keyid, sign: () => Buffer.of(1) })), find: () => undefined };
}

function givingOf(active: unknown): KeyProvider {
  return { active: () => active as Signer, find: () => undefined };
}

test('every active key signs, in the order that was given, and the first is the one that is named', async () => {
  for (const active of [['h', 'e'], ['e', 'h'], ['e'], 'h']) {
    const signed = await signPayload(keyring({ active, keys }), type, payload);

    const { signatures } = decodeEnvelope(signed.line);
    expect(signatures.map(({ keyid }) => keyid)).toEqual([active].flat());
    expect(signed.keyId).toBe([active].flat()[0]);
    expect(signed.signature).toBe(Buffer.from(signatures[0]?.sig ?? []).toString('base64'));
  }
});

test('a provider gives one signer, a list, or a promise of either, and each signs as its own', async () => {
  class Remote implements Signer {
    readonly keyid = 'h';
    sign(message: Uint8Array): Promise<Uint8Array> {
      return Promise.resolve(keys[this.keyid].sign(message));
    }
  }
  const { line } = await signPayload(keyring({ active: 'h', keys }), type, payload);
  const remote = new Remote();

  for (const active of [remote, [remote], Promise.resolve(remote), Promise.resolve([remote])])
    expect((await signPayload({ active: () => active, find: () => undefined }, type, payload)).line).toEqual(line);
});

test('of a record with two signatures each reader needs the one key it knows', async () => {
  const { line } = await signPayload(keyring({ active: ['h', 'e'], keys }), type, payload);
  const [writer, reader, stranger] = [
    keyring({ keys: { h: keys.h } }),
    keyring({ keys: { e: ed25519({ publicKey }) } }),
    keyring({ keys: { other: hmac(secretOf('other')) } }),
  ];

  expect(await verifyLine(writer, [type], line)).toMatchObject({ keyId: 'h' });
  expect(await verifyLine(reader, [type], line)).toMatchObject({ keyId: 'e' });
  expect(await refusal(verifyLine(stranger, [type], line))).toMatchObject({ code: 'UNKNOWN_KEY' });
});

test('I-4 a second signature makes up for a bad one only when it is good', async () => {
  const { line } = await signPayload(keyring({ active: ['h', 'e'], keys }), type, payload);
  const { signatures, ...signed } = decodeEnvelope(line);
  const [mac, signature] = signatures.map(({ sig }) => sig);
  const withSignatures = (h: Uint8Array = Buffer.of(), e: Uint8Array = Buffer.of()): Uint8Array =>
    encodeEnvelope({
      ...signed,
      signatures: [
        { keyid: 'h', sig: h },
        { keyid: 'e', sig: e },
      ],
    });
  const reader = keyring({ keys });

  expect(await verifyLine(reader, [type], withSignatures(signature, signature))).toMatchObject({ keyId: 'e' });
  expect(await verifyLine(reader, [type], withSignatures(mac, mac))).toMatchObject({ keyId: 'h' });
  expect(await refusal(verifyLine(reader, [type], withSignatures(signature, mac)))).toMatchObject({
    code: 'SIGNATURE_INVALID',
  });
});

const unusable: readonly (readonly [what: string, keys: KeyProvider, problem: string])[] = [
  ['no key', signersNamed(), 'there are 0 of them, not 1 to 4'],
  ['five keys', signersNamed('a', 'b', 'c', 'd', 'e'), 'there are 5 of them, not 1 to 4'],
  ['one key twice', signersNamed('a', 'b', 'a'), 'a key id is there twice'],
  ['an empty key id', signersNamed('a', ''), 'a key id is not 1 to 128 bytes long'],
  ['a key id of 129 bytes', signersNamed('é'.repeat(64) + 'a'), 'a key id is not 1 to 128 bytes long'],
  ['nothing', givingOf(undefined), 'one of them is not a signer, which has a keyid and a method sign'],
  [
    'no signature',
    givingOf({ keyid: 'a', sign: () => undefined }),
    'a signature is not a Uint8Array of 1 byte or more',
  ],
  [
    'signatures that are too long',
    { active: () => ['a', 'b'].map((keyid) => ({ keyid, sign: () => new Uint8Array(13_000) })), find: () => undefined },
    'signatures of 26000 bytes make the record too long',
  ],
];

test.each(unusable)('a provider that gives %s cannot sign', async (_what, provider, problem) => {
  expect(await refusal(signPayload(provider, type, payload))).toMatchObject({
    code: 'CONFIGURATION',
    field: 'signing',
    message: `the active keys cannot sign records: ${problem}`,
  });
});

test('up to four keys sign, with ids of up to 128 bytes, in a line of up to 32 KiB', async () => {
  const keyids = ['a', 'b', 'c', 'é'.repeat(64)];
  const { line } = await signPayload(signersNamed(...keyids), type, payload);
  expect(decodeEnvelope(line).signatures.map(({ keyid }) => keyid)).toEqual(keyids);

  const lineOf = async (idLength: number, bytes: number): Promise<Uint8Array> => {
    const signer = { keyid: 'k'.repeat(idLength), sign: () => new Uint8Array(bytes) };
    return (await signPayload({ active: () => signer, find: () => undefined }, type, payload)).line;
  };
  // Three bytes of a signature are four of the line, so the rest goes into the id.
  const left = 32 * 1024 - (await lineOf(1, 3)).length;
  const idLength = 1 + (left % 4);
  const bytes = 3 + 3 * Math.floor(left / 4);
  expect((await lineOf(idLength, bytes)).length).toBe(32 * 1024);
  expect(await refusal(lineOf(idLength + 1, bytes))).toMatchObject({
    message: `the active keys cannot sign records: signatures of ${bytes} bytes make the record too long`,
  });
});

test('a refusal says whose signatures they are, and why none of them counts', async () => {
  const { line } = await signPayload(keyring({ active: ['h', 'e'], keys }), type, payload);
  const messageOf = async (reader: VerificationKeys, expected = type) =>
    (await refusal(verifyLine(reader, [expected], line))).message;
  const other = { h: hmac(secretOf('other')), e: ed25519({ publicKey: generateKeyPair().publicKey }) };

  expect(await messageOf(keyring({ keys: { o: other.h } }))).toBe(
    'signature is of a key that the keyring does not hold: "h", "e"',
  );
  expect(await messageOf(keyring({ keys: { h: revoked(), e: revoked() } }))).toBe(
    'signature is of a revoked key: "h", "e"',
  );
  expect(await messageOf(keyring({ keys: other }))).toBe('signature does not verify with key "h", "e"');
  expect(await messageOf(keyring({ keys }), 'application/y')).toBe(
    'signature is over a payload type that does not belong here',
  );
});

test('a refusal names the key that did not vouch, and none that the keyring does not hold', async () => {
  const { line } = await signPayload(keyring({ active: ['h', 'e'], keys }), type, payload);
  const keyIdOf = async (reader: VerificationKeys) => (await refusal(verifyLine(reader, [type], line))).keyId;
  const other = hmac(secretOf('other'));

  expect(await keyIdOf(keyring({ keys: { h: other } }))).toBe('h');
  expect(await keyIdOf(keyring({ keys: { e: revoked() } }))).toBe('e');
  expect(await keyIdOf(keyring({ keys: { o: other } }))).toBeUndefined();
});

test('a store whose writers co-sign is written and read by both keys, and metadata name the one that counted', async () => {
  const backend = memoryBackend();
  const { store } = open({ backend, signing: keyring({ active: ['h', 'e'], keys }) });
  const stored = await store.upload('a', 'x');
  await store.upload('b', 'x');
  await store.update('b', { hold: true });

  const later = open({ backend, signing: keyring({ active: 'e', keys: { e: keys.e } }) });
  const read = await later.store.getMetadata('a');

  expect([stored.keyId, (await store.getMetadata('a'))?.keyId, read?.keyId]).toEqual(['h', 'h', 'e']);
  expect(await (await later.store.download('b')).text()).toBe('x');
  expect(decodeEnvelope(firstLineOf(await objectAt(backend, 'records/b'))).signatures.length).toBe(2);
  expect((await later.store.upload('a', 'y')).generation).toBe(2);
  expect(await later.store.delete('a')).toBe(true);
});

function firstLineOf(object: Uint8Array): Uint8Array {
  return object.subarray(0, object.indexOf(0x0a));
}
