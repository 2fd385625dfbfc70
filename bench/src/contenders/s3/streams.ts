import { Readable } from 'node:stream';

import { GetObjectCommand } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { S3TestServer } from '@artifacts/testkit/s3-servers';

import { type Contender, countBytes } from '../../contender.ts';
import { backendAt } from '../../place.ts';
import { sdkClient } from '../../sdk-client.ts';
import { mebibyte } from '../../settings.ts';
import { openStore } from '../../store.ts';

/** One way to move large objects. */
export interface S3Streams extends Pick<Contender, 'name' | 'upload' | 'download' | 'putStream' | 'getStream'> {
  readonly close: () => Promise<void> | void;
}

/** What the backend has by default for streams of this size: the peer gets the same. */
const partBytes = 8 * mebibyte;
const partsAtOnce = 4;

export function artifactsStreams(server: S3TestServer): S3Streams {
  const backend = backendAt({ server, prefix: 'artifacts/' });
  const store = openStore(backend);
  return {
    name: 'artifacts',
    upload: 'sha256 of the whole and of every MiB, signed',
    download: 'signature, and sha256 of every MiB before it is given',
    async putStream(key, source) {
      await store.upload(key, source);
    },
    async getStream(key) {
      return countBytes(await store.download(key));
    },
    close: () => backend.close(),
  };
}

export function sdkStreams(server: S3TestServer): S3Streams {
  const client = sdkClient(server);
  const place = (key: string) => ({ Bucket: server.bucket, Key: `sdk/${key}` });
  return {
    name: '@aws-sdk',
    upload: `lib-storage Upload, parts of ${partBytes / mebibyte} MiB, ${partsAtOnce} at once`,
    download: 'GetObject read to the end, nothing checked',
    async putStream(key, source) {
      // Bytes, not objects: otherwise the high-water mark counts chunks.
      const params = { ...place(key), Body: Readable.from(source, { objectMode: false }) };
      await new Upload({ client, params, partSize: partBytes, queueSize: partsAtOnce }).done();
    },
    async getStream(key) {
      const { Body } = await client.send(new GetObjectCommand(place(key)));
      return countBytes(Body as AsyncIterable<Uint8Array>);
    },
    close: () => client.destroy(),
  };
}
