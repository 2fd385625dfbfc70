import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { S3TestServer } from '@artifacts/testkit/s3-servers';

import { secondsOf } from '../clock.ts';
import { countBytes } from '../contender.ts';
import { sdkClient } from '../sdk-client.ts';
import { mebibyte } from '../settings.ts';

/** Reads an object with one GetObject, to nowhere. */
export async function getPlain({
  server,
  key,
  bytes,
}: {
  readonly server: S3TestServer;
  readonly key: string;
  readonly bytes: number;
}): Promise<{ readonly rate: number }> {
  const client = sdkClient(server);
  const read = async (range?: string): Promise<number> => {
    const command = new GetObjectCommand({ Bucket: server.bucket, Key: key, Range: range });
    const { Body } = await client.send(command);
    return countBytes(Body as AsyncIterable<Uint8Array>);
  };
  // Connecting is not what is measured.
  await read('bytes=0-0');
  const seconds = await secondsOf(async () => {
    const found = await read();
    if (found !== bytes) throw new Error(`${key} came with ${found} bytes`);
  });
  return { rate: bytes / mebibyte / seconds };
}
