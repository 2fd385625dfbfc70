import { expect, test } from 'vitest';

import { decodeEnvelope, encodeEnvelope } from './envelope.ts';
import { signingWith } from './keys-in-use.test-helper.ts';
import { verifyManifest } from './manifest.ts';
import { migrate } from './migrate.ts';
import { signPayload } from './signing.ts';
import { flipped, keyringOf, open, refusal, sha256 } from './store.test-helper.ts';

async function manifestOf(audience = 'there'): Promise<Uint8Array<ArrayBuffer>> {
  const from = open();
  await from.store.upload('a', 'one');
  await from.store.upload('a', 'two!');
  await from.store.upload('Ü b', '');
  await from.store.namespace('tenant').upload('a', 'theirs');
  const { manifest } = await migrate(from.store, open({ signing: signingWith('k2'), audience }).store);
  return manifest ?? new Uint8Array(0);
}

test('a manifest says what is there, and is checked with keys alone', async () => {
  expect(await verifyManifest(await manifestOf(), signingWith('k1'))).toEqual({
    audience: 'there',
    artifacts: [
      { namespace: 'tenant', id: 'a', generation: 1, sizeBytes: 6, checksumSha256: sha256('theirs') },
      { id: 'Ü b', generation: 1, sizeBytes: 0, checksumSha256: sha256('') },
      { id: 'a', generation: 2, sizeBytes: 4, checksumSha256: sha256('two!') },
    ],
    sizeBytes: 10,
    keyId: 'k2',
  });
});

test('I-4 a manifest of an unknown or revoked key, or of another store, is refused', async () => {
  const manifest = await manifestOf();

  expect(await refusal(verifyManifest(manifest, keyringOf('k9')))).toMatchObject({ code: 'UNKNOWN_KEY' });
  expect(await refusal(verifyManifest(manifest, signingWith('k1', ['k2'])))).toMatchObject({ code: 'KEY_REVOKED' });
  expect(await refusal(verifyManifest(manifest, signingWith('k1'), { audience: 'here' }))).toMatchObject({
    code: 'INTEGRITY',
  });
  expect((await verifyManifest(manifest, signingWith('k1'), { audience: 'there' })).sizeBytes).toBe(10);
});

test('I-1 no byte of a manifest can be changed and nothing of it cut, and nothing in it taken for a record', async () => {
  const manifest = await manifestOf();
  const refused = new Set<string>();
  const keys = signingWith('k1');

  for (let byte = 0; byte < manifest.length; byte += 1)
    refused.add((await refusal(verifyManifest(flipped(manifest, 8 * byte + (byte % 8)), keys))).code);
  for (let length = 0; length < manifest.length; length += 1)
    refused.add((await refusal(verifyManifest(manifest.subarray(0, length), keys))).code);

  expect([...refused].toSorted()).toEqual(['INTEGRITY', 'SIGNATURE_INVALID', 'UNKNOWN_KEY']);
  const { store, backend } = open({ signing: signingWith('k2'), audience: 'there' });
  await backend.write('records/a', manifest);
  expect(await refusal(store.getMetadata('a'))).toMatchObject({ code: 'SIGNATURE_INVALID' });
});

const line = (entry: object): string => `${JSON.stringify(entry)}\n`;
const a = { id: 'a', generation: 1, sizeBytes: 1, checksumSha256: '0'.repeat(64) };
const reordered = { generation: 1, id: 'a', sizeBytes: 1, checksumSha256: '0'.repeat(64) };
const payload = (list: string, changes: object = {}): object => ({
  v: 1,
  audience: 'there',
  artifacts: list.split('\n').length - 1,
  sizeBytes: list.split('\n').length - 1,
  sha256: sha256(list),
  ...changes,
});

const odd: readonly (readonly [what: string, list: string, payload: unknown, code: string])[] = [
  ['another version', line(a), payload(line(a), { v: 2 }), 'UNSUPPORTED'],
  ['no object', line(a), 7, 'INTEGRITY'],
  ['no audience', line(a), payload(line(a), { audience: undefined }), 'INTEGRITY'],
  ['another count', line(a), payload(line(a), { artifacts: 2 }), 'INTEGRITY'],
  ['another sum', line(a), payload(line(a), { sizeBytes: 2 }), 'INTEGRITY'],
  ['an entry twice', line(a) + line(a), payload(line(a) + line(a)), 'INTEGRITY'],
  ['no last line feed', 'x', payload('x'), 'INTEGRITY'],
  ['a line that is no object', '7\n', payload('7\n'), 'INTEGRITY'],
  ['a line that is no JSON', 'x\n', payload('x\n'), 'INTEGRITY'],
  ['a member too many', line({ ...a, x: 1 }), payload(line({ ...a, x: 1 })), 'INTEGRITY'],
  ['members in another order', line(reordered), payload(line(reordered)), 'INTEGRITY'],
  ['an id that is none', line({ ...a, id: '../' }), payload(line({ ...a, id: '../' })), 'INTEGRITY'],
  ['a namespace that is none', line({ namespace: '', ...a }), payload(line({ namespace: '', ...a })), 'INTEGRITY'],
  ['generation 0', line({ ...a, generation: 0 }), payload(line({ ...a, generation: 0 })), 'INTEGRITY'],
  ['no digest', line({ ...a, checksumSha256: 'x' }), payload(line({ ...a, checksumSha256: 'x' })), 'INTEGRITY'],
];

test.each(odd)('I-4 a manifest with %s is refused, whoever signed it', async (_what, list, said, code) => {
  const type = 'application/vnd.artifacts.manifest.v1+json';
  const signed = await signPayload(signingWith('k2'), type, Buffer.from(JSON.stringify(said)));

  const error = await refusal(
    verifyManifest(Buffer.concat([signed.line, Buffer.from(`\n${list}`)]), signingWith('k2')),
  );

  expect(error).toMatchObject({ code });
  expect(error.message).toMatch(/^the manifest /);
});

test('what is no manifest at all is refused', async () => {
  for (const manifest of [undefined, 'text', {}])
    expect(await refusal(verifyManifest(manifest as never, signingWith('k1')))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      field: 'manifest',
    });
  const envelope = encodeEnvelope({
    ...decodeEnvelope((await signPayload(signingWith('k2'), 'x', Buffer.from('{}'))).line),
  });
  expect(await refusal(verifyManifest(envelope, signingWith('k1')))).toMatchObject({ code: 'SIGNATURE_INVALID' });
});
