import { Files } from 'files-sdk';
import { s3 } from 'files-sdk/s3';

import type { S3Entry } from '../../s3-contender.ts';

export const filesSdkS3: S3Entry = {
  name: 'files-sdk, s3',
  open({ endpoint, region, bucket, accessKeyId, secretAccessKey }, prefix) {
    const credentials = { accessKeyId, secretAccessKey };
    const adapter = s3({ endpoint, region, bucket, credentials, forcePathStyle: true });
    const files = new Files({ adapter });
    return {
      name: filesSdkS3.name,
      upload: 'PutObject with crc32, replacing what is there',
      download: 'GetObject, nothing checked',
      async put(key, bytes) {
        await files.upload(prefix + key, bytes);
      },
      async get(key) {
        const file = await files.download(prefix + key);
        return new Uint8Array(await file.arrayBuffer());
      },
      close: () => adapter.raw.destroy(),
    };
  },
};
