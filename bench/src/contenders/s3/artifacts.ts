import { backendAt } from '../../place.ts';
import type { S3Entry } from '../../s3-contender.ts';
import { openStore } from '../../store.ts';

export const artifactsS3: S3Entry = {
  name: 'artifacts',
  open(server, prefix) {
    const backend = backendAt({ server, prefix });
    const store = openStore(backend);
    return {
      name: artifactsS3.name,
      upload: 'sha256, signed, created only if absent',
      download: 'signature and sha256 verified',
      async put(key, bytes) {
        await store.upload(key, bytes);
      },
      async get(key) {
        const download = await store.download(key);
        return download.bytes();
      },
      close: () => backend.close(),
    };
  },
};
