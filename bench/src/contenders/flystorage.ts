import { Readable } from 'node:stream';

import { FileStorage } from '@flystorage/file-storage';
import { LocalStorageAdapter } from '@flystorage/local-fs';

import { countBytes, type Entry } from '../contender.ts';

export const flystorage: Entry = {
  name: '@flystorage/local-fs',
  open(root) {
    const storage = new FileStorage(new LocalStorageAdapter(root));
    const upload = 'no hash, written in place, no fsync';
    const download = 'nothing checked';
    return {
      name: flystorage.name,
      upload,
      download,
      streams: { upload, download },
      put: (key, bytes) => storage.write(key, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)),
      get: (key) => storage.readToUint8Array(key),
      // Bytes, not objects: otherwise the high-water mark counts chunks.
      putStream: (key, source) => storage.write(key, Readable.from(source, { objectMode: false })),
      async getStream(key) {
        return countBytes(await storage.read(key));
      },
    };
  },
};
