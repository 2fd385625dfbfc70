import { localBackend } from '@artifacts/backend-local';
import type { ArtifactStore } from '@artifacts/core';

import { countBytes, type Contender, type Entry } from '../contender.ts';
import { openStore } from '../store.ts';

export const artifacts: Entry = entry('artifacts', 'full', 'fsync of file and directory');
export const artifactsInProcess: Entry = entry("artifacts, durability 'process'", 'process', 'no fsync');

function entry(name: string, durability: 'full' | 'process', fsync: string): Entry {
  return {
    name,
    open: (root) => contender(name, fsync, openStore(localBackend({ root, durability }))),
  };
}

function contender(name: string, fsync: string, store: ArtifactStore): Contender {
  return {
    name,
    upload: `sha256, signed, ${fsync}`,
    download: 'signature and sha256 verified',
    streams: {
      upload: `sha256 of the whole and of every MiB, signed, ${fsync} (content, marker and record)`,
      download: 'signature, and sha256 of every MiB before it is given',
    },
    async put(key, bytes) {
      await store.upload(key, bytes);
    },
    async get(key) {
      const download = await store.download(key);
      return download.bytes();
    },
    async putStream(key, source) {
      await store.upload(key, source);
    },
    async getStream(key) {
      return countBytes(await store.download(key));
    },
  };
}
