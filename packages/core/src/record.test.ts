import { expect, test } from 'vitest';

import { decodeEnvelope } from './envelope.ts';
import { ArtifactError, configuration } from './errors.ts';
import { hmacKeyring } from './keyring.ts';
import { contentKey } from './layout.ts';
import {
  contentRevision,
  openRecord,
  recordType,
  sealRecord,
  splitLine,
  tailBytes,
  toMetadata,
  tombstoneType,
  type ArtifactRecord,
  type Tombstone,
} from './record.ts';
import { signPayload } from './signing.ts';
import { keyringOf, refusal, secretOf, sha256, startTime } from './store.test-helper.ts';

const keys = keyringOf('k1');
const scope = { audience: 'prod' };
const id = 'build/42';
const revision = '0123456789abcdef0123456789abcdef';
const elsewhere = { key: contentKey(id, revision), chunkSize: 1024 * 1024, chunksSha256: sha256('chunks') };
const fields = {
  v: 1,
  audience: 'prod',
  id,
  generation: 1,
  revision,
  name: '42',
  contentType: 'text/plain',
  sizeBytes: 0,
  checksumSha256: sha256(''),
  createdAt: startTime,
  metadata: {},
  content: { inline: true },
} as const;
const replaces = 'f'.repeat(32);
const grave = { v: 1, audience: 'prod', id, generation: 1, revision, replaces, createdAt: startTime, deleted: true };

/** A line that a trusted key signed over whatever payload. */
async function signed(payload: unknown, type: string = recordType): Promise<Uint8Array> {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return (await signPayload(keys, type, Buffer.from(text))).line;
}

test('a record and a tombstone open as what was sealed', async () => {
  const { v: _v, audience: _audience, ...record } = fields;
  const sealed = await sealRecord(keys, scope, record as ArtifactRecord, Buffer.from('tail'));
  const split = splitLine(sealed.bytes);

  const opened = await openRecord(keys, scope, id, split?.line ?? new Uint8Array());

  expect(opened).toEqual({ record, keyId: 'k1', signature: sealed.signature });
  expect(Buffer.from(sealed.bytes.subarray(split?.tailStart)).toString()).toBe('tail');
  const { v: _one, audience: _same, ...tombstone } = grave;
  const { bytes } = await sealRecord(keys, scope, tombstone as Tombstone, Buffer.of());
  expect((await openRecord(keys, scope, id, bytes.subarray(0, -1))).record).toEqual(tombstone);
});

test('a record opens with all that it may say', async () => {
  const { v, audience, ...said } = fields;
  const record = { ...said, replaces, expiresAt: startTime + 1, retainUntil: startTime + 2, hold: true };
  const line = await signed({ v, audience, namespace: 'tenant', ...record });

  expect((await openRecord(keys, { ...scope, namespace: 'tenant' }, id, line)).record).toEqual(record);
});

test('what is signed says in its type whether it is of a record or a tombstone', async () => {
  const { v: _v, audience: _audience, ...record } = fields;
  const typeOf = async (sealed: ArtifactRecord | Tombstone) =>
    decodeEnvelope((await sealRecord(keys, scope, sealed, Buffer.of())).bytes.subarray(0, -1)).payloadType;

  expect(await typeOf(record)).toBe('application/vnd.artifacts.record.v1+json');
  expect(await typeOf({ id, generation: 1, revision, replaces, createdAt: startTime, deleted: true })).toBe(
    'application/vnd.artifacts.tombstone.v1+json',
  );
});

const bad: readonly (readonly [field: string, value: unknown, problem: string])[] = [
  ['generation', 0, 'generation is 0'],
  ['generation', -1, 'generation is -1'],
  ['generation', 1.5, 'generation is not a whole number'],
  ['generation', '1', 'generation is not a whole number'],
  ['generation', undefined, 'generation is not a whole number'],
  ['revision', 'x', 'revision is not 32 hex digits'],
  ['revision', revision.toUpperCase(), 'revision is not 32 hex digits'],
  ['revision', undefined, 'revision is not 32 hex digits'],
  ['revision', [revision], 'revision is not 32 hex digits'],
  ['replaces', 'x', 'replaces is not 32 hex digits'],
  ['name', '', 'name is empty'],
  ['name', 'n'.repeat(513), 'name is longer than 512 bytes'],
  ['name', 'a\r\nb', 'name has a control character'],
  ['name', null, 'name is not a string'],
  ['contentType', 'text', 'contentType is not a media type'],
  ['contentType', 'text/plain\r\nx: y', 'contentType is not a media type'],
  ['contentType', `text/${'x'.repeat(251)}`, 'contentType is longer than 255 characters'],
  ['sizeBytes', -1, 'sizeBytes is -1'],
  ['sizeBytes', 128 * 1024 * 1024 * 65_536 + 1, 'sizeBytes is'],
  ['sizeBytes', '0', 'sizeBytes is not a whole number'],
  ['checksumSha256', sha256('').toUpperCase(), 'checksumSha256 is not a SHA-256'],
  ['checksumSha256', undefined, 'checksumSha256 is not a SHA-256'],
  ['createdAt', -1, 'createdAt is -1'],
  ['createdAt', 10_000_000_000_000, 'createdAt is 10000000000000'],
  ['createdAt', '2026-01-01', 'createdAt is not a whole number'],
  ['expiresAt', 0.5, 'expiresAt is not a whole number'],
  ['expiresAt', null, 'expiresAt is not a whole number'],
  ['retainUntil', 10_000_000_000_000, 'retainUntil is 10000000000000'],
  ['hold', false, 'hold is not true'],
  ['hold', 1, 'hold is not true'],
  ['metadata', [], 'metadata is not an object'],
  ['metadata', null, 'metadata is not an object'],
  ['metadata', undefined, 'metadata is not an object'],
  ['content', undefined, 'content is not an object'],
  ['content', null, 'content is not an object'],
  ['content', 'inline', 'content is not an object'],
  ['content', {}, 'content lies under a key of another id'],
  ['content', { inline: false }, 'content is both inline and elsewhere'],
  ['content', { inline: true, x: 1 }, 'content has unknown members'],
  ['content', { inline: true, ...elsewhere }, 'content is both inline and elsewhere'],
  ['content', { inline: true, key: elsewhere.key }, 'content is both inline and elsewhere'],
  ['content', { inline: true, chunkSize: elsewhere.chunkSize }, 'content is both inline and elsewhere'],
  ['content', { inline: true, chunksSha256: elsewhere.chunksSha256 }, 'content is both inline and elsewhere'],
  ['content', { ...elsewhere, key: contentKey('other', revision) }, 'content lies under a key of another id'],
  ['content', { ...elsewhere, key: '../../etc/passwd' }, 'content lies under a key of another id'],
  ['content', { ...elsewhere, key: [elsewhere.key] }, 'content lies under a key of another id'],
  ['content', { ...elsewhere, chunkSize: '1048576' }, 'content has an impossible chunkSize'],
  ['content', { ...elsewhere, chunkSize: 0 }, 'content has an impossible chunkSize'],
  ['content', { ...elsewhere, chunkSize: 1024 * 1024 + 1 }, 'content has an impossible chunkSize'],
  ['content', { ...elsewhere, chunkSize: 256 * 1024 * 1024 }, 'content has an impossible chunkSize'],
  ['content', { ...elsewhere, chunksSha256: 'x' }, 'is not a SHA-256'],
  ['deleted', true, 'members are not all known'],
  ['extra', 1, 'members are not all known'],
  ['__proto__', 1, 'members are not all known'],
];

test.each(bad)('I-4 a signed record whose %s is %j is refused', async (field, value, problem) => {
  const payload = JSON.parse(JSON.stringify(fields)) as Record<string, unknown>;
  Object.defineProperty(payload, field, { value, enumerable: true, configurable: true, writable: true });

  const error = await refusal(openRecord(keys, scope, id, await signed(payload)));

  expect(error).toMatchObject({ code: 'INTEGRITY', artifactId: id });
  expect(error.message).toContain(problem);
  expect(error.message).toContain('integrity check');
});

test('I-4 a record has up to 65,536 chunks', async () => {
  const lineOf = (sizeBytes: number) => signed({ ...fields, sizeBytes, content: elsewhere });
  const most = 65_536 * 1024 * 1024;

  expect((await openRecord(keys, scope, id, await lineOf(most))).record).toMatchObject({ sizeBytes: most });
  expect((await refusal(openRecord(keys, scope, id, await lineOf(most + 1)))).message).toContain(
    'content has too many chunks',
  );
});

test.each([
  ['null', 'is not an object'],
  ['[]', 'is not an object'],
  ['1', 'is not an object'],
  ['"x"', 'is not an object'],
  ['{', 'is malformed'],
  ['', 'is malformed'],
  [`${JSON.stringify(fields)} `, 'is malformed'],
  [JSON.stringify(fields).replace('"v":1', '"v":1,"v":1'), 'is malformed'],
  [JSON.stringify(fields).replace('"v":1', '"v":1.0'), 'is malformed'],
])('I-4 a signed payload %j is refused: it %s', async (payload, problem) => {
  expect(await refusal(openRecord(keys, scope, id, await signed(payload)))).toMatchObject({
    code: 'INTEGRITY',
    message: `artifact "build/42" fails its integrity check: its record ${problem}`,
    artifactId: id,
  });
});

test('why a payload is malformed is the cause', async () => {
  const { cause } = await refusal(openRecord(keys, scope, id, await signed('{')));

  expect(cause).toMatchObject({ message: "signature cannot be checked: the record's envelope is not JSON" });
});

test.each([0, 2, '1', null, undefined])('I-4 a record of version %j fails closed', async (v) => {
  expect(await refusal(openRecord(keys, scope, id, await signed({ ...fields, v })))).toMatchObject({
    code: 'UNSUPPORTED',
    message: 'artifact "build/42" has a record of a version this release does not know',
    artifactId: id,
  });
});

test('I-4 a record is not read as a tombstone, nor a tombstone as a record', async () => {
  const refused = async (payload: object, type: string, problem: string) => {
    expect(await refusal(openRecord(keys, scope, id, await signed(payload, type)))).toMatchObject({
      code: 'INTEGRITY',
      message: `artifact "build/42" fails its integrity check: its record's ${problem}`,
    });
  };

  await refused(grave, recordType, 'members are not all known to this release');
  await refused(fields, tombstoneType, 'members are not all known to this release');
  await refused({ ...grave, name: 'x' }, tombstoneType, 'members are not all known to this release');
  await refused({ ...grave, deleted: 1 }, tombstoneType, 'deleted is not true');
  await refused({ ...grave, replaces: undefined }, tombstoneType, 'replaces is not 32 hex digits');
  await refused({ ...grave, generation: 0 }, tombstoneType, 'generation is 0, not from 1 to 9007199254740991');
});

test('a record whose signature does not count is not vouched for, and why is the cause', async () => {
  const error = await refusal(openRecord(keyringOf('other'), scope, id, await signed(fields)));

  expect(error).toMatchObject({
    code: 'UNKNOWN_KEY',
    message: 'artifact "build/42" is not vouched for: signature is of a key that the keyring does not hold: "k1"',
    artifactId: id,
    cause: { code: 'UNKNOWN_KEY' },
  });
  const forged = hmacKeyring({ active: 'k1', keys: { k1: secretOf('forger') } });
  expect(await refusal(openRecord(forged, scope, id, await signed(fields)))).toMatchObject({
    code: 'SIGNATURE_INVALID',
    keyId: 'k1',
  });
});

test('keys that fail are no verdict on a record: what they throw is thrown as it is', async () => {
  const line = await signed(fields);
  for (const failure of [
    new ArtifactError('UNAVAILABLE', 'the keys are away'),
    configuration('signing', 'the keys are none'),
    new TypeError('a defect'),
  ]) {
    const failing = {
      find: () => {
        throw failure;
      },
    };
    await expect(openRecord(failing, scope, id, line)).rejects.toBe(failure);
  }
});

test('I-3 a record counts only under its id, audience and namespace', async () => {
  const line = await signed(fields);
  const inNamespace = await signed({ ...fields, namespace: 'tenant' });

  expect((await refusal(openRecord(keys, scope, 'build/43', line))).message).toContain('another id');
  expect((await refusal(openRecord(keys, { audience: 'dev' }, id, line))).message).toContain('(audience)');
  expect((await refusal(openRecord(keys, { audience: 'prod', namespace: 'tenant' }, id, line))).message).toContain(
    'another namespace',
  );
  expect((await refusal(openRecord(keys, scope, id, inNamespace))).message).toContain('another namespace');
});

test('the tail of a record is its content or one digest per chunk, and a tombstone has none', () => {
  const { v: _v, audience: _audience, ...record } = fields;
  const large = { ...record, sizeBytes: 3 * 1024 * 1024 + 1, content: elsewhere } as ArtifactRecord;

  expect(tailBytes({ ...record, sizeBytes: 17 })).toBe(17);
  expect(tailBytes(large)).toBe(4 * 32);
  expect(tailBytes({ id, generation: 1, revision, replaces: revision, createdAt: startTime, deleted: true })).toBe(0);
});

test('I-4 a signed payload is read up to 20 KiB, and no record is written beyond that', async () => {
  const { v: _v, audience: _audience, ...record } = fields;
  const base = JSON.stringify({ ...fields, metadata: { text: '' } }).length;
  const ofSize = (bytes: number) => ({ ...record, metadata: { text: 'x'.repeat(bytes - base) } });
  const seal = (bytes: number) => sealRecord(keys, scope, ofSize(bytes) as ArtifactRecord, Buffer.of());
  const read = async (bytes: number) => openRecord(keys, scope, id, await signed({ ...fields, ...ofSize(bytes) }));

  expect((await seal(20 * 1024)).bytes.length).toBeGreaterThan(20 * 1024);
  expect(await refusal(seal(20 * 1024 + 1))).toMatchObject({
    code: 'INVALID_ARGUMENT',
    field: 'metadata',
    message: 'the record has 20481 bytes, the limit is 20480: shorten metadata or name',
  });
  expect((await refusal(read(20 * 1024))).message).toContain("its record's metadata is refused");
  expect((await refusal(read(20 * 1024 + 1))).message).toContain('its record is too long');
});

test('content has a revision of its own where it lies elsewhere', () => {
  const { v: _v, audience: _audience, ...record } = fields;

  expect(contentRevision(record)).toBeUndefined();
  expect(contentRevision({ ...record, content: elsewhere })).toBe(revision);
});

test('metadata are what the record says, and only that', () => {
  const { v: _v, audience: _audience, content: _content, ...record } = fields;
  const verified = { record: { ...record, content: { inline: true } }, keyId: 'k', signature: 's' } as const;
  const { createdAt, ...said } = record;
  const always = { ...said, createdAt: new Date(createdAt), hold: false, keyId: 'k', signature: 's' };
  const expiresAt = startTime + 1;
  const retainUntil = startTime + 2;

  expect(toMetadata(verified)).toStrictEqual(always);
  expect(toMetadata({ ...verified, record: { ...verified.record, expiresAt, retainUntil, hold: true } })).toStrictEqual(
    { ...always, expiresAt: new Date(expiresAt), retainUntil: new Date(retainUntil), hold: true },
  );
});

test('a line ends within 32 KiB or is none', () => {
  expect(splitLine(Buffer.from('ab\ncd'))).toEqual({ line: Buffer.from('ab'), tailStart: 3 });
  expect(splitLine(Buffer.from('\ncd'))).toEqual({ line: Buffer.of(), tailStart: 1 });
  expect(splitLine(Buffer.from('ab'))).toBeUndefined();
  expect(splitLine(Buffer.alloc(40_000, 'x').fill('\n', 32 * 1024, 32 * 1024 + 1))?.tailStart).toBe(32 * 1024 + 1);
  expect(splitLine(Buffer.alloc(40_000, 'x').fill('\n', 32 * 1024 + 1))).toBeUndefined();
});
