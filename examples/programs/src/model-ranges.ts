// Read the header and some tensors of a large model file without reading the rest, every byte of them verified.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { ArtifactStore, hmacKeyring } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

const mebibyte = 1024 * 1024;
const store = new ArtifactStore({
  backend: memoryBackend(),
  signing: hmacKeyring({ active: 'k1', keys: { k1: randomBytes(32) } }),
  audience: 'models',
});

// A made-up model: the length of a JSON header in eight bytes, the header, and the tensors it describes.
const tensors = randomBytes(5 * mebibyte);
const header = Buffer.from(JSON.stringify({ embed: [0, 2 * mebibyte], head: [4 * mebibyte, 5 * mebibyte] }));
const length = Buffer.alloc(8);
length.writeBigUInt64LE(BigInt(header.length));
await store.upload('models/tiny', [length, header, tensors], { contentType: 'application/octet-stream' });

const model = await store.download('models/tiny');
const headerLength = Number(Buffer.from(await model.slice({ start: 0, end: 8 }).bytes()).readBigUInt64LE());
const index = (await model.slice({ start: 8, end: 8 + headerLength }).json()) as Record<string, [number, number]>;

async function tensor(name: string): Promise<Uint8Array> {
  const [start, end] = index[name] ?? assert.fail(`no tensor ${name}`);
  const from = 8 + headerLength;
  return model.slice({ start: from + start, end: from + end }).bytes();
}

// All slices are of the version that was opened, whatever is uploaded meanwhile.
const [embed, head] = await Promise.all([tensor('embed'), tensor('head')]);
assert.deepEqual(Buffer.from(embed), tensors.subarray(0, 2 * mebibyte));
assert.deepEqual(Buffer.from(head), tensors.subarray(4 * mebibyte));
