import { createStorage } from 'unstorage';
import fsDriver from 'unstorage/drivers/fs';

import type { Entry } from '../contender.ts';

/** The raw methods are the documented ones for binary values. */
export const unstorage: Entry = {
  name: 'unstorage, fs driver',
  open(root) {
    const storage = createStorage({ driver: fsDriver({ base: root }) });
    const upload = 'no hash, written in place, no fsync';
    const download = 'nothing checked';
    const get = async (key: string): Promise<Uint8Array> => {
      const bytes = await storage.getItemRaw<Uint8Array>(key);
      if (bytes === null) throw new Error(`${key} is not there`);
      return bytes;
    };
    return {
      name: unstorage.name,
      upload,
      download,
      streams: { upload: `${upload}; has no streams`, download: `${download}; has no streams` },
      put: (key, bytes) => storage.setItemRaw(key, bytes),
      get,
      async putStream(key, source) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of source) chunks.push(chunk);
        await storage.setItemRaw(key, Buffer.concat(chunks));
      },
      async getStream(key) {
        const bytes = await get(key);
        return bytes.length;
      },
    };
  },
};
