import { Readable } from 'node:stream';

import { Disk } from 'flydrive';
import { FSDriver } from 'flydrive/drivers/fs';

import { countBytes, type Entry } from '../contender.ts';

export const flydrive: Entry = {
  name: 'flydrive',
  open(root) {
    const disk = new Disk(new FSDriver({ location: root, visibility: 'private' }));
    const upload = 'no hash, written in place, no fsync';
    const download = 'nothing checked';
    return {
      name: flydrive.name,
      upload,
      download,
      streams: { upload, download },
      put: (key, bytes) => disk.put(key, bytes),
      get: (key) => disk.getBytes(key),
      // Bytes, not objects: otherwise the high-water mark counts chunks.
      putStream: (key, source) => disk.putStream(key, Readable.from(source, { objectMode: false })),
      async getStream(key) {
        return countBytes(await disk.getStream(key));
      },
    };
  },
};
