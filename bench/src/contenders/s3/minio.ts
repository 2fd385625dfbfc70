import { Agent } from 'node:http';

import { Client } from 'minio';

import type { S3Entry } from '../../s3-contender.ts';

/** With a region, so that it asks nobody for it, and connections that are kept. */
export const minio: S3Entry = {
  name: 'minio',
  open(server, prefix) {
    const { hostname, port } = new URL(server.endpoint);
    const agent = new Agent({ keepAlive: true });
    const client = new Client({
      endPoint: hostname,
      port: Number(port),
      useSSL: false,
      region: server.region,
      accessKey: server.accessKeyId,
      secretKey: server.secretAccessKey,
      transportAgent: agent,
    });
    return {
      name: minio.name,
      upload: 'replacing what is there',
      download: 'nothing checked',
      async put(key, bytes) {
        const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
        await client.putObject(server.bucket, prefix + key, body, body.length);
      },
      async get(key) {
        const chunks: Buffer[] = [];
        const body: AsyncIterable<Buffer> = await client.getObject(server.bucket, prefix + key);
        for await (const chunk of body) chunks.push(chunk);
        return Buffer.concat(chunks);
      },
      close: () => agent.destroy(),
    };
  },
};
