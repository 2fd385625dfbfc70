import { once } from 'node:events';

import { get, put } from 'cacache';

import type { Contender, Entry } from '../contender.ts';

/** As it comes. */
export const cacacheDefault: Entry = entry('cacache', 'sha512');
/** `opts.algorithms` is documented, and this is the fastest choice on processors with SHA instructions. */
export const cacacheSha256: Entry = entry('cacache, sha256', 'sha256');

function entry(name: string, algorithm: string): Entry {
  return { name, open: (root) => contender(name, root, algorithm) };
}

function contender(name: string, cache: string, algorithm: string): Contender {
  const algorithms: [string] = [algorithm];
  const upload = `${algorithm}, temporary file and rename, no fsync`;
  return {
    name,
    upload,
    download: `${algorithm} checked`,
    streams: { upload, download: `${algorithm} checked at the end` },
    async put(key, bytes) {
      await put(cache, key, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), { algorithms });
    },
    async get(key) {
      // `memoize` stays off, its default: reading from memory is not what is measured.
      const { data } = await get(cache, key);
      return data;
    },
    async putStream(key, source) {
      const sink = put.stream(cache, key, { algorithms });
      const stored = once(sink, 'integrity');
      for await (const chunk of source) {
        if (!sink.write(chunk)) await once(sink, 'drain');
      }
      sink.end();
      await stored;
    },
    async getStream(key) {
      const stream = get.stream(cache, key);
      let bytes = 0;
      // Listeners, because minipass is faster with them than as an async iterator.
      stream.on('data', (chunk: Buffer) => (bytes += chunk.length));
      await stream.promise();
      return bytes;
    },
  };
}
