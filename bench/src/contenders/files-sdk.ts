import { Files } from 'files-sdk';
import { fs } from 'files-sdk/fs';

import { countBytes, type Entry } from '../contender.ts';

/** Writes a side-car file of metadata with every object. */
export const filesSdk: Entry = {
  name: 'files-sdk',
  open(root) {
    const files = new Files({ adapter: fs({ root }) });
    const upload = 'sha1 as ETag, temporary file and rename, no fsync';
    const download = 'nothing checked';
    return {
      name: filesSdk.name,
      upload,
      download,
      streams: { upload: `${upload}; holds the whole in memory`, download },
      async put(key, bytes) {
        await files.upload(key, bytes);
      },
      async get(key) {
        const file = await files.download(key);
        return new Uint8Array(await file.arrayBuffer());
      },
      async putStream(key, source) {
        await files.upload(key, ReadableStream.from(source));
      },
      async getStream(key) {
        const file = await files.download(key, { as: 'stream' });
        return countBytes(file.stream());
      },
    };
  },
};
