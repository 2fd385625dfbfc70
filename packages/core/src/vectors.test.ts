import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import * as chunks from './chunks.ts';
import * as envelope from './envelope.ts';
import * as ids from './ids.ts';
import * as core from './index.ts';
import * as layout from './layout.ts';
import * as memory from './memory.ts';
import * as records from './record.ts';
import { sha256 } from './store.test-helper.ts';

const vectorsFolder = new URL('../../testkit/vectors/', import.meta.url);

/** The script runs on a build; here it runs on the sources. */
const { makeVectors, bytesOf } = (await import(new URL('../../../scripts/make-vectors.mjs', import.meta.url).href)) as {
  makeVectors: (modules: object) => Promise<Record<string, string>>;
  bytesOf: (parts: readonly object[]) => Buffer;
};

type Key = { readonly status: core.KeyStatus } & (
  | { readonly algorithm?: undefined; readonly hex: string }
  | { readonly algorithm: 'ed25519'; readonly privateHex?: string; readonly publicHex: string }
);

interface Keys {
  readonly [keyid: string]: Key;
}

interface StoreVector {
  readonly name: string;
  readonly id: string;
  readonly audience: string;
  readonly namespace?: string;
  /** Stands before every key of the namespace. */
  readonly prefix?: string;
  readonly now: number;
  /** The keys that each reader knows; all of them when it does not say. */
  readonly readers?: readonly (readonly string[])[];
  readonly objects: readonly { readonly key: string; readonly bytes: readonly object[] }[];
}

interface RecordVector extends StoreVector {
  readonly payload: string;
  readonly content?: readonly object[];
  readonly deleted?: true;
}

interface RefusedVector extends StoreVector {
  readonly code: core.ErrorCode;
}

function textOf(name: string): string {
  return readFileSync(new URL(name, vectorsFolder), 'utf8');
}

function vectorsOf(name: string): unknown {
  return JSON.parse(textOf(name)) as unknown;
}

function keyOf(key: Key): core.SigningKey {
  if (key.algorithm === undefined) return core.hmac(`hex:${key.hex}`);
  const { privateHex, publicHex } = key;
  return core.ed25519(
    privateHex === undefined ? { publicKey: `hex:${publicHex}` } : { privateKey: `hex:${privateHex}` },
  );
}

/** The keys of a reader, as a store takes them: nothing signs. */
function keyringOf(keys: Keys, keyids: readonly string[] = Object.keys(keys)): core.KeyProvider {
  const withStatus = { active: (key: core.SigningKey) => key, 'verify-only': core.verifyOnly, revoked: core.revoked };
  const known = Object.entries(keys).filter(([keyid]) => keyids.includes(keyid));
  const reader = core.keyring({
    keys: Object.fromEntries(known.map(([keyid, key]) => [keyid, withStatus[key.status](keyOf(key))])),
  });
  return { active: () => [], find: (keyid) => reader.find(keyid) };
}

function readersOf(vector: StoreVector, keys: Keys): core.KeyProvider[] {
  return (vector.readers ?? [Object.keys(keys)]).map((keyids) => keyringOf(keys, keyids));
}

/** A store that finds what the vector holds. */
async function storeOf(
  vector: Omit<StoreVector, 'id'>,
  signing: core.KeyProvider,
  trackUsage = false,
): Promise<core.ArtifactStore> {
  const backend = memory.memoryBackend();
  for (const { key, bytes } of vector.objects) await backend.write(key, bytesOf(bytes));
  return new core.ArtifactStore({ backend, signing, audience: vector.audience, now: () => vector.now, trackUsage });
}

/** The record alone: stores have no namespaces yet, signatures do. */
async function openVector(vector: StoreVector, keys: core.KeyProvider): Promise<records.VerifiedRecord> {
  const split = records.splitLine(objectOf(vector, layout.recordKey(vector.id)));
  return records.openRecord(keys, vector, vector.id, split?.line ?? new Uint8Array());
}

function objectOf({ prefix = '', objects }: StoreVector, key: string): Buffer {
  return bytesOf(objects.find((object) => object.key === prefix + key)?.bytes ?? []);
}

describe('the vectors of the format', () => {
  it('are what the code makes today, byte for byte', async () => {
    const made = await makeVectors({ ...core, ...memory, ...ids, ...layout, ...chunks, ...envelope, ...records });

    expect(Object.keys(made).toSorted()).toEqual(readdirSync(vectorsFolder).toSorted());
    for (const [name, text] of Object.entries(made)) {
      // Not the texts themselves: a report of their difference would be as long as they are.
      expect({ name, same: text === textOf(name) }).toEqual({ name, same: true });
    }
  });

  const keyVectors = vectorsOf('keys.json') as {
    readonly ids: readonly { id: string; escaped: string; recordKey: string; revision: string; contentKey: string }[];
    readonly refusedIds: readonly { id: string; code: core.ErrorCode; reason: string }[];
    readonly keysOfNoId: readonly { key: string }[];
  };

  it('I-20 every id has its key, and the key its id', () => {
    for (const { id, escaped, recordKey, revision, contentKey } of keyVectors.ids) {
      ids.assertId(id);
      expect(ids.escapeId(id)).toBe(escaped);
      expect(ids.unescapeId(escaped)).toBe(id);
      expect(layout.recordKey(id)).toBe(recordKey);
      expect(layout.contentKey(id, revision)).toBe(contentKey);
      expect(layout.revisionOfContentKey(contentKey, id)).toBe(revision);
    }
  });

  it('I-20 what can be no id is refused for the reason that is named', () => {
    for (const { id, code, reason } of keyVectors.refusedIds) {
      expect(() => ids.assertId(id)).toThrow(
        expect.objectContaining({ code, field: 'id', message: expect.stringContaining(reason) as string }),
      );
    }
    for (const { key } of keyVectors.keysOfNoId) expect(layout.idOfRecordKey(key)).toBeUndefined();
  });

  it('markers and probes have these names', () => {
    const markers = vectorsOf('markers.json') as {
      readonly pending: readonly { time: number; marker: string; revision: string; id: string; key: string }[];
      readonly expiry: readonly { time: number; revision: string; id: string; key: string }[];
      readonly probe: readonly { marker: string; key: string }[];
    };

    for (const { time, marker, revision, id, key } of markers.pending)
      expect(layout.pendingKey(time, marker, revision, id)).toBe(key);
    for (const { time, revision, id, key } of markers.expiry) expect(layout.expiryKey(time, revision, id)).toBe(key);
    for (const { marker, key } of markers.probe) expect(layout.probeKey(marker)).toBe(key);
    for (const { key } of [...markers.pending, ...markers.expiry, ...markers.probe]) core.assertKey(key);
  });

  it('chunks have these sizes', () => {
    const { sizes } = vectorsOf('chunk-sizes.json') as {
      readonly sizes: readonly { sizeBound: number; chunkSize: number; chunks: number }[];
    };

    for (const { sizeBound, chunkSize, chunks: count } of sizes) {
      expect(chunks.chunkSizeFor(sizeBound)).toBe(chunkSize);
      expect(chunks.chunkCount(sizeBound, chunkSize)).toBe(count);
      expect(chunks.isChunkSize(chunkSize)).toBe(true);
    }
  });

  it.each(['envelopes.json', 'ed25519.json'])('what is signed, and how it is written down, is in %s', (name) => {
    const { envelopes, keys } = vectorsOf(name) as {
      readonly keys: Keys;
      readonly envelopes: readonly {
        keyid: string;
        payloadType: string;
        payloadHex: string;
        paeHex: string;
        signatureHex: string;
        line: string;
      }[];
    };

    for (const { keyid, payloadType, payloadHex, paeHex, signatureHex, line } of envelopes) {
      const [payload, sig] = [Buffer.from(payloadHex, 'hex'), Buffer.from(signatureHex, 'hex')];
      const message = envelope.preAuthenticationEncoding(payloadType, payload);
      const key = keyOf(keys[keyid] as Key);
      expect(Buffer.from(message).toString('hex')).toBe(paeHex);
      expect(key.verify(message, sig)).toBe(true);
      expect(Buffer.from(key.sign(message))).toEqual(sig);
      expect(envelope.decodeEnvelope(Buffer.from(line))).toEqual({
        payloadType,
        payload,
        signatures: [{ keyid, sig }],
      });
    }
  });

  it('I-4 a public key for which anybody can sign is refused, in every form', () => {
    const { refusedPublicKeys } = vectorsOf('ed25519.json') as {
      readonly refusedPublicKeys: readonly { publicHex: string }[];
    };

    for (const { publicHex } of refusedPublicKeys)
      expect(() => core.ed25519({ publicKey: `hex:${publicHex}` })).toThrow(
        expect.objectContaining({ code: 'CONFIGURATION', field: 'keys' }),
      );
  });

  it('namespaces have these keys', () => {
    const { names } = vectorsOf('namespaces.json') as {
      readonly names: readonly { name: string; prefix: string }[];
    };

    for (const { name, prefix } of names) expect(`ns/${ids.escapeId(name)}/`).toBe(prefix);
    for (const { prefix } of names) core.assertKey(`${prefix}${layout.recordKey('A'.repeat(256))}`);
  });
});

function recordVectorsOf(name: string): { readonly keys: Keys; readonly vectors: readonly RecordVector[] } {
  const { keys, records: vectors } = vectorsOf(name) as {
    readonly keys: Keys;
    readonly records: readonly RecordVector[];
  };
  return { keys, vectors };
}

describe.each(['records.json', 'ed25519.json', 'namespaces.json'])('a record of the vectors in %s', (name) => {
  const { keys, vectors } = recordVectorsOf(name);

  it.each(vectors)('says what was signed: $name', async (vector) => {
    const { v, audience, namespace, ...payload } = JSON.parse(vector.payload) as Record<string, unknown>;

    for (const reader of readersOf(vector, keys)) {
      const { record } = await openVector(vector, reader);

      expect({ v, audience, namespace }).toEqual({ v: 1, audience: vector.audience, namespace: vector.namespace });
      expect(record).toEqual(payload);
      expect(records.isTombstone(record)).toBe(vector.deleted === true);
    }
  });

  const readable = vectors.filter(({ namespace }) => namespace === undefined);

  it.each(readable.filter(({ deleted }) => deleted !== true))('is read back: $name', async (vector) => {
    for (const reader of readersOf(vector, keys)) {
      const store = await storeOf(vector, reader);

      const download = await store.download(vector.id);
      const content = await download.bytes();

      expect(Buffer.compare(content, bytesOf(vector.content ?? []))).toBe(0);
      core.verifyIntegrity(download.metadata, content);
      expect(await store.getMetadata(vector.id)).toEqual(download.metadata);
    }
  });

  it.each(readable.filter(({ deleted }) => deleted === true))('counts as absent: $name', async (vector) => {
    for (const reader of readersOf(vector, keys)) {
      const store = await storeOf(vector, reader);

      expect(await store.getMetadata(vector.id)).toBeUndefined();
    }
  });
});

describe('a record of a namespace', () => {
  const { keys, vectors } = recordVectorsOf('namespaces.json');

  it.each(vectors)('has its content where its key says, below the prefix: $name', async (vector) => {
    const { record } = await openVector(vector, keyringOf(keys));

    expect(records.isTombstone(record)).toBe(false);
    const { content, sizeBytes, checksumSha256 } = record as records.ArtifactRecord;
    const tail = objectOf(vector, layout.recordKey(vector.id)).subarray(-records.tailBytes(record));
    const bytes = 'inline' in content ? tail : objectOf(vector, content.key);
    expect(Buffer.compare(bytes, bytesOf(vector.content ?? []))).toBe(0);
    expect([bytes.length, sha256(bytes)]).toEqual([sizeBytes, checksumSha256]);
    if ('inline' in content) return;
    expect(sha256(tail)).toBe(content.chunksSha256);
    expect(sha256(bytes.subarray(0, content.chunkSize))).toBe(tail.subarray(0, 32).toString('hex'));
  });
});

describe.each(['refused.json', 'ed25519.json', 'namespaces.json'])('a forged store of the vectors in %s', (name) => {
  const { keys, refused } = vectorsOf(name) as {
    readonly keys: Keys;
    readonly refused: readonly RefusedVector[];
  };

  it.each(refused.filter(({ namespace }) => namespace === undefined))(
    'I-1 tampering is refused with $code: $name',
    async (vector) => {
      for (const reader of readersOf(vector, keys)) {
        const store = await storeOf(vector, reader);

        const reading = store.download(vector.id).then((download) => download.bytes());

        await expect(reading).rejects.toMatchObject({ code: vector.code, artifactId: vector.id });
      }
    },
  );

  it.each(refused.filter(({ namespace }) => namespace !== undefined))(
    'I-3 a record of another namespace is refused with $code: $name',
    async (vector) => {
      await expect(openVector(vector, keyringOf(keys))).rejects.toMatchObject({
        code: vector.code,
        artifactId: vector.id,
      });
    },
  );
});

describe('a ledger of the vectors', () => {
  type LedgerVector = Omit<StoreVector, 'id'>;
  const { keys, ledgers, refused } = vectorsOf('ledgers.json') as {
    readonly keys: Keys;
    readonly ledgers: readonly (LedgerVector & { readonly payload: string })[];
    readonly refused: readonly (LedgerVector & { readonly code: core.ErrorCode })[];
  };
  const usageOf = async (vector: LedgerVector): Promise<core.Usage> => {
    const store = await storeOf(vector, keyringOf(keys), true);
    return (vector.namespace === undefined ? store : store.namespace(vector.namespace)).usage();
  };

  it.each(ledgers)('says what is used, unless others have yet to say: $name', async (vector) => {
    const { bytes, count, leases, recount } = JSON.parse(vector.payload) as core.Usage & {
      readonly leases: readonly object[];
      readonly recount?: object;
    };
    const told = leases.length === 0 && recount === undefined;

    expect(await usageOf(vector)).toEqual(
      told ? { bytes, count, from: 'ledger' } : { bytes: 0, count: 0, from: 'scan', invalid: 0 },
    );
  });

  it.each(refused)('is refused with $code: $name', async (vector) => {
    await expect(usageOf(vector)).rejects.toMatchObject({ code: vector.code });
  });
});

describe('docs/format.md', () => {
  it('works through a vector as it is', () => {
    const text = readFileSync(new URL('../../../docs/format.md', import.meta.url), 'utf8');
    const { keys, vectors } = recordVectorsOf('records.json');
    const hello = vectors.find(({ name }) => name === 'hello');
    const payload = hello?.payload ?? '';
    const message = envelope.preAuthenticationEncoding(records.recordType, Buffer.from(payload));
    const object = bytesOf(hello?.objects[0]?.bytes ?? []).toString();
    const [signature] = envelope.decodeEnvelope(Buffer.from(object.split('\n')[0] ?? '')).signatures;

    for (const quote of [
      `\n${payload}\n`,
      `\n${Buffer.from(message).toString().replace(payload, '')}\n`,
      `\n${object}`,
      Buffer.from(signature?.sig ?? []).toString('hex'),
      Buffer.from((keys['k1'] as { readonly hex: string }).hex, 'hex')
        .toString()
        .trimEnd(),
    ]) {
      expect(text).toContain(quote);
    }
  });
});
