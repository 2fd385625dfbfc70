import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';

import type { S3Entry } from '../../s3-contender.ts';
import { sdkClient } from '../../sdk-client.ts';

export const sdk: S3Entry = {
  name: '@aws-sdk/client-s3',
  open(server, prefix) {
    const client = sdkClient(server);
    const place = (key: string) => ({ Bucket: server.bucket, Key: prefix + key });
    return {
      name: sdk.name,
      upload: 'PutObject, replacing what is there',
      download: 'GetObject, nothing checked',
      async put(key, bytes) {
        await client.send(new PutObjectCommand({ ...place(key), Body: bytes }));
      },
      async get(key) {
        const { Body } = await client.send(new GetObjectCommand(place(key)));
        if (Body === undefined) throw new Error(`${key} has no body`);
        return Body.transformToByteArray();
      },
      close: () => client.destroy(),
    };
  },
};
