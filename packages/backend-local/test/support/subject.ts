import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';

import { type ArtifactBackend, ArtifactStore, hmacKeyring } from '@artifacts/core';

import type { Value } from './history.ts';

/** What crashes: a backend, or a store over it. */
export interface Subject {
  write(key: string, bytes: Uint8Array, asStream: boolean): Promise<unknown>;
  delete(key: string): Promise<unknown>;
  read(key: string): Promise<Uint8Array>;
  keys(): Promise<string[]>;
}

export type SubjectKind = 'backend' | 'store';

export function subjectOf(kind: SubjectKind, backend: ArtifactBackend): Subject {
  return kind === 'store' ? ofStore(backend) : ofBackend(backend);
}

function ofBackend(backend: ArtifactBackend): Subject {
  return {
    write: (key, bytes, asStream) => backend.write(key, asStream ? inChunks(bytes) : bytes),
    delete: (key) => backend.delete(key),
    keys: async () => {
      const keys: string[] = [];
      for await (const { key } of backend.list({ prefix: '' })) keys.push(key);
      return keys;
    },
    read: async (key) => {
      const result = await backend.read(key);
      assert.equal(result.status, 'found', key);
      const chunks: Uint8Array[] = [];
      for await (const chunk of result.body) chunks.push(chunk);
      return Buffer.concat(chunks);
    },
  };
}

function ofStore(backend: ArtifactBackend): Subject {
  const signing = hmacKeyring({ active: 'k', keys: { k: createHash('sha256').update('subject').digest() } });
  const store = new ArtifactStore({ backend, signing, audience: 'subject', inlineBytes: 8192 });
  return {
    write: (key, bytes, asStream) => store.upload(key, asStream ? inChunks(bytes) : bytes),
    delete: (key) => store.delete(key),
    read: async (key) => (await store.download(key)).bytes(),
    keys: async () => {
      const ids: string[] = [];
      for await (const { id } of store.list()) ids.push(id);
      return ids;
    },
  };
}

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += 60_000) yield bytes.subarray(start, start + 60_000);
}

/** Bytes that tell their key and number, and whether all of them are there. */
export function numbered(key: string, number: number, body: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from(`${key} ${number} ${digestOf(body)}\n`), body]);
}

/** The number of what is under each key, each made sure to be whole. */
export async function numbersIn(subject: Subject): Promise<Map<string, Value>> {
  const found = new Map<string, Value>();
  for (const key of await subject.keys()) found.set(key, numberIn(key, await subject.read(key)));
  return found;
}

function numberIn(key: string, bytes: Uint8Array): Value {
  const end = bytes.indexOf(0x0a);
  const [name, number = '', digest] = Buffer.from(bytes.subarray(0, Math.max(end, 0)))
    .toString()
    .split(' ');
  assert.equal(name, key, `what is under ${key} is torn: ${bytes.length} bytes`);
  assert.equal(digestOf(bytes.subarray(end + 1)), digest, `what is under ${key} is torn: ${bytes.length} bytes`);
  return number;
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
