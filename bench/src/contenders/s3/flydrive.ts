import { Disk } from 'flydrive';
import { S3Driver } from 'flydrive/drivers/s3';

import type { S3Entry } from '../../s3-contender.ts';
import { sdkClient } from '../../sdk-client.ts';

export const flydriveS3: S3Entry = {
  name: 'flydrive, s3',
  open(server, prefix) {
    const client = sdkClient(server);
    const { bucket } = server;
    const disk = new Disk(new S3Driver({ client, bucket, visibility: 'private', supportsACL: false }));
    return {
      name: flydriveS3.name,
      upload: 'PutObject, replacing what is there',
      download: 'GetObject, nothing checked',
      put: (key, bytes) => disk.put(prefix + key, bytes),
      get: (key) => disk.getBytes(prefix + key),
      close: () => client.destroy(),
    };
  },
};
