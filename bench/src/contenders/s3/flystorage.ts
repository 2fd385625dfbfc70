import { AwsS3StorageAdapter } from '@flystorage/aws-s3';
import { FileStorage } from '@flystorage/file-storage';

import type { S3Entry } from '../../s3-contender.ts';
import { sdkClient } from '../../sdk-client.ts';

/** With a type and a size, so that it has to guess neither. */
export const flystorageS3: S3Entry = {
  name: '@flystorage/aws-s3',
  open(server, prefix) {
    const client = sdkClient(server);
    const storage = new FileStorage(new AwsS3StorageAdapter(client, { bucket: server.bucket, prefix }));
    const mimeType = 'application/octet-stream';
    return {
      name: flystorageS3.name,
      upload: 'lib-storage Upload, replacing what is there',
      download: 'GetObject, nothing checked',
      put: (key, bytes) =>
        storage.write(key, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), { mimeType, size: bytes.length }),
      get: (key) => storage.readToUint8Array(key),
      close: () => client.destroy(),
    };
  },
};
