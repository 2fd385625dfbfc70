import type { ArtifactStore } from '@artifacts/core';
import type { S3RequestKind } from '@artifacts/testkit/s3-proxy';

import { content, inChunks } from './through-proxy.ts';

const MiB = 1024 * 1024;
const expiresAt = Date.now() + 24 * 60 * 60 * 1000;

/** What a store can do, on artifacts that are there before it. */
export interface StoreOperation {
  readonly name: string;
  readonly before: (store: ArtifactStore) => Promise<unknown>;
  /** Gives what its caller learns, which is the same each time. `twoParts` is uploaded in two parts. */
  readonly act: (store: ArtifactStore, twoParts: Uint8Array) => Promise<unknown>;
  /** The id that it writes. */
  readonly writes?: string;
  /** It is `UNSUPPORTED` on a server that cannot compare and swap. */
  readonly needsSwap?: true;
  /** It sends two parts. */
  readonly isLarge?: true;
  /** Only these of its requests are of interest; by default all. */
  readonly requests?: readonly S3RequestKind[];
}

/** Downloaded in two requests. */
const twoReads = content(2 * MiB + 1);
const nothing = async (): Promise<void> => undefined;
const small = (store: ArtifactStore) => store.upload('doc', 'as it was before', { expiresAt });
const large = (store: ArtifactStore) => store.upload('doc', twoReads);

const writing: readonly StoreOperation[] = [
  { name: 'a small upload', before: nothing, act: (store) => store.upload('doc', 'new'), writes: 'doc' },
  {
    name: 'a small overwrite',
    before: small,
    act: (store) => store.upload('doc', 'new', { expiresAt }),
    writes: 'doc',
  },
  {
    name: 'a large upload of bytes',
    before: nothing,
    act: (store, twoParts) => store.upload('doc', twoParts),
    writes: 'doc',
    isLarge: true,
    requests: ['CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'],
  },
  {
    name: 'a large overwrite by a stream',
    before: small,
    act: (store, twoParts) => store.upload('doc', inChunks(twoParts)),
    writes: 'doc',
    isLarge: true,
  },
  {
    name: 'an update',
    before: small,
    act: (store) => store.update('doc', { metadata: { reviewed: true } }),
    writes: 'doc',
    needsSwap: true,
  },
  {
    name: 'a copy',
    before: (store) => store.upload('doc', content(100_000)),
    act: (store) => store.copy('doc', 'copy'),
    writes: 'copy',
  },
  { name: 'a small delete', before: small, act: (store) => store.delete('doc'), writes: 'doc' },
  {
    name: 'a large delete',
    before: (store) => store.upload('doc', content(100_000)),
    act: (store) => store.delete('doc'),
    writes: 'doc',
  },
];

const reading: readonly StoreOperation[] = [
  { name: 'a small download', before: small, act: async (store) => (await store.download('doc')).text() },
  {
    name: 'a large download',
    before: large,
    act: async (store) => Buffer.compare(await (await store.download('doc')).bytes(), twoReads),
  },
  {
    name: 'a download of a range',
    before: large,
    act: async (store) => {
      const range = { start: MiB - 1, end: MiB + 1 };
      return (await (await store.download('doc', { range })).bytes()).join(' ');
    },
  },
  { name: 'getMetadata', before: small, act: async (store) => (await store.getMetadata('doc'))?.checksumSha256 },
  {
    name: 'a listing',
    before: small,
    act: async (store) => {
      const { artifacts, invalid } = await store.page();
      for (const { error } of invalid) throw error;
      return artifacts.map(({ id, checksumSha256 }) => `${id} ${checksumSha256}`).join(' ');
    },
  },
];

export const storeOperations: readonly StoreOperation[] = [...writing, ...reading];
