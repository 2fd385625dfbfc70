import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import * as chunks from './chunks.ts';
import * as envelope from './envelope.ts';
import * as ids from './ids.ts';
import * as core from './index.ts';
import * as layout from './layout.ts';
import * as memory from './memory.ts';
import * as records from './record.ts';

const vectorsFolder = new URL('../../testkit/vectors/', import.meta.url);

/** The script runs on a build; here it runs on the sources. */
const { makeVectors, bytesOf } = (await import(new URL('../../../scripts/make-vectors.mjs', import.meta.url).href)) as {
  makeVectors: (modules: object) => Promise<Record<string, string>>;
  bytesOf: (parts: readonly object[]) => Buffer;
};

interface Keys {
  readonly [keyid: string]: { readonly status: core.KeyStatus; readonly hex: string };
}

interface StoreVector {
  readonly name: string;
  readonly id: string;
  readonly audience: string;
  readonly namespace?: string;
  readonly now: number;
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

function keyringOf(keys: Keys): core.KeyProvider {
  const withStatus = { active: (key: core.SigningKey) => key, 'verify-only': core.verifyOnly, revoked: core.revoked };
  return core.keyring({
    active: Object.keys(keys)[0] ?? '',
    keys: Object.fromEntries(
      Object.entries(keys).map(([keyid, { status, hex }]) => [keyid, withStatus[status](core.hmac(`hex:${hex}`))]),
    ),
  });
}

/** A store that finds what the vector holds. */
async function storeOf(vector: StoreVector, signing: core.KeyProvider): Promise<core.ArtifactStore> {
  const backend = memory.memoryBackend();
  for (const { key, bytes } of vector.objects) await backend.write(key, bytesOf(bytes));
  return new core.ArtifactStore({ backend, signing, audience: vector.audience, now: () => vector.now });
}

/** The record alone: stores have no namespaces yet, signatures do. */
async function openVector(vector: StoreVector, keys: core.KeyProvider): Promise<records.VerifiedRecord> {
  const object = vector.objects.find(({ key }) => key === layout.recordKey(vector.id));
  const split = records.splitLine(bytesOf(object?.bytes ?? []));
  return records.openRecord(keys, vector, vector.id, split?.line ?? new Uint8Array());
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

  it('what is signed, and how it is written down, is this', () => {
    const { envelopes, keys } = vectorsOf('envelopes.json') as {
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
      expect(Buffer.from(message).toString('hex')).toBe(paeHex);
      expect(core.hmac(`hex:${keys[keyid]?.hex ?? ''}`).verify(message, sig)).toBe(true);
      expect(envelope.decodeEnvelope(Buffer.from(line))).toEqual({
        payloadType,
        payload,
        signatures: [{ keyid, sig }],
      });
    }
  });
});

describe('a record of the vectors', () => {
  const { keys, records: vectors } = vectorsOf('records.json') as {
    readonly keys: Keys;
    readonly records: readonly RecordVector[];
  };
  const signing = keyringOf(keys);

  it.each(vectors)('says what was signed: $name', async (vector) => {
    const { v, audience, namespace, ...payload } = JSON.parse(vector.payload) as Record<string, unknown>;

    const { record } = await openVector(vector, signing);

    expect({ v, audience, namespace }).toEqual({ v: 1, audience: vector.audience, namespace: vector.namespace });
    expect(record).toEqual(payload);
    expect(records.isTombstone(record)).toBe(vector.deleted === true);
  });

  const readable = vectors.filter(({ namespace }) => namespace === undefined);

  it.each(readable.filter(({ deleted }) => deleted !== true))('is read back: $name', async (vector) => {
    const store = await storeOf(vector, signing);

    const download = await store.download(vector.id);
    const content = await download.bytes();

    expect(Buffer.compare(content, bytesOf(vector.content ?? []))).toBe(0);
    core.verifyIntegrity(download.metadata, content);
    expect(await store.getMetadata(vector.id)).toEqual(download.metadata);
  });

  it.each(readable.filter(({ deleted }) => deleted === true))('counts as absent: $name', async (vector) => {
    const store = await storeOf(vector, signing);

    expect(await store.getMetadata(vector.id)).toBeUndefined();
  });
});

describe('a forged store of the vectors', () => {
  const { keys, refused } = vectorsOf('refused.json') as {
    readonly keys: Keys;
    readonly refused: readonly RefusedVector[];
  };
  const signing = keyringOf(keys);

  it.each(refused.filter(({ namespace }) => namespace === undefined))(
    'I-1 tampering is refused with $code: $name',
    async (vector) => {
      const store = await storeOf(vector, signing);

      const reading = store.download(vector.id).then((download) => download.bytes());

      await expect(reading).rejects.toMatchObject({ code: vector.code, artifactId: vector.id });
    },
  );

  it.each(refused.filter(({ namespace }) => namespace !== undefined))(
    'I-3 a record of another namespace is refused with $code: $name',
    async (vector) => {
      await expect(openVector(vector, signing)).rejects.toMatchObject({ code: vector.code, artifactId: vector.id });
    },
  );
});

describe('docs/format.md', () => {
  it('works through a vector as it is', () => {
    const text = readFileSync(new URL('../../../docs/format.md', import.meta.url), 'utf8');
    const { keys, records: vectors } = vectorsOf('records.json') as {
      readonly keys: Keys;
      readonly records: readonly RecordVector[];
    };
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
      Buffer.from(keys['k1']?.hex ?? '', 'hex')
        .toString()
        .trimEnd(),
    ]) {
      expect(text).toContain(quote);
    }
  });
});
