import assert from 'node:assert/strict';

import {
  type ArtifactBackend,
  type ArtifactStore,
  ed25519Keyring,
  generateKeyPair,
  isArtifactError,
} from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { expect, test } from 'vitest';

import { startTime, storeOver } from './subject.ts';

const id = 'a';
const recordKey = `records/${id}`;
const ed25519 = ed25519Keyring({ active: 'k', keys: { k: generateKeyPair().privateKey } });
const refusals = ['INTEGRITY', 'SIGNATURE_INVALID', 'UNKNOWN_KEY'];

interface Kind {
  readonly signing?: typeof ed25519;
  readonly put: (store: ArtifactStore) => Promise<unknown>;
}

const kinds: Record<string, Kind> = {
  'with its content inside': {
    put: (store) => store.upload(id, 'inside', { metadata: { a: 1 }, expiresAt: startTime + 3_600_000 }),
  },
  'with a list of chunks': { signing: ed25519, put: (store) => store.upload(id, 'outside '.repeat(20)) },
  'of a deleted artifact': {
    put: async (store) => {
      await store.upload(id, 'inside');
      await store.delete(id);
    },
  },
};

test.each(Object.keys(kinds))(
  'I-1 no bit of a record %s can be flipped unnoticed, and none be cut off',
  { timeout: 300_000 },
  async (name) => {
    const { put, ...options } = kinds[name] as Kind;
    const backend = memoryBackend();
    const store = storeOver(backend, { now: () => startTime, ...options });
    await put(store);
    const signed = await store.getMetadata(id);
    const record = await objectAt(backend, recordKey);
    for (let bit = 0; bit < record.length * 8; bit += 1) {
      await backend.write(recordKey, flipped(record, bit));
      await assertRefused(store, signed, `bit ${bit} of ${record.toString('latin1')}`);
    }
    for (let length = 0; length < record.length; length += 1) {
      await backend.write(recordKey, record.subarray(0, length));
      await assertRefused(store, signed, `the first ${length} bytes of ${record.toString('latin1')}`);
    }
    await backend.write(recordKey, Buffer.concat([record, Buffer.of(0)]));
    await assertRefused(store, signed, 'one byte more');

    await backend.write(recordKey, record);
    const [whole] = await Promise.allSettled([store.download(id)]);
    expect(whole.status === 'fulfilled' || isArtifactError(whole.reason, 'NOT_FOUND')).toBe(true);
    process.stdout.write(`proof: every bit of a record ${name}: ${record.length * 8} flips\n`);
  },
);

test('I-1 no bit of content can be flipped unnoticed', async () => {
  const backend = memoryBackend();
  const store = storeOver(backend);
  await store.upload(id, 'outside '.repeat(20));
  let key = '';
  for await (const object of backend.list({ prefix: 'content/' })) key = object.key;
  const content = await objectAt(backend, key);
  for (let bit = 0; bit < content.length * 8; bit += 1) {
    await backend.write(key, flipped(content, bit));
    const download = await store.download(id);
    const [outcome] = await Promise.allSettled([download.bytes()]);
    assert.ok(outcome.status === 'rejected' && isArtifactError(outcome.reason, 'INTEGRITY'), `bit ${bit}`);
  }
});

/** No content may be given; metadata may, as long as they are those that were signed: what is damaged is beside them. */
async function assertRefused(store: ArtifactStore, signed: unknown, what: string): Promise<void> {
  const [content] = await Promise.allSettled([store.download(id).then((download) => download.bytes())]);
  assert.ok(content.status === 'rejected', `given out: ${what}`);
  assertTyped(content.reason, what);
  const { artifacts, invalid } = await store.page();
  assert.equal(artifacts.length + invalid.length, 1, what);
  if (artifacts.length > 0) assert.deepEqual(artifacts[0], signed, what);
  else assertTyped(invalid[0]?.error, what);
}

function assertTyped(error: unknown, what: string): void {
  assert.ok(isArtifactError(error) && refusals.includes(error.code), `${String(error)}: ${what}`);
}

async function objectAt(backend: ArtifactBackend, key: string): Promise<Buffer> {
  const result = await backend.read(key);
  assert.ok(result.status === 'found');
  const chunks: Uint8Array[] = [];
  for await (const chunk of result.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function flipped(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
