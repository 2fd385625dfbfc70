import { randomBytes } from 'node:crypto';

import { s3Backend } from '@artifacts/backend-s3';
import { type ArtifactBackend, ArtifactError, generateKey, isArtifactError } from '@artifacts/core';
import { type S3TestServer, s3TestServers } from '@artifacts/testkit/s3-servers';

import { forEachAtOnce } from './concurrency.ts';
import type { Place } from './place.ts';
import { objectsIn } from './tamper.ts';

const field = 'ARTIFACTS_TEST_S3_ENDPOINT';

/** The bucket that the variables `ARTIFACTS_TEST_S3_...` name. */
export function openBucket(): Place {
  const [server] = s3TestServers();
  if (server === undefined)
    throw new ArtifactError('CONFIGURATION', `${field} is missing: npm run quickstart -- --s3 sets it`, { field });
  return new Bucket(server);
}

class Bucket implements Place {
  readonly name: string;
  // The bucket is left as it was found, so nobody needs the key again.
  readonly signingKey = generateKey();
  readonly afterwards = 'It is removed now.';
  readonly #server: S3TestServer;
  readonly #prefix = `quickstart-${randomBytes(4).toString('hex')}/`;
  readonly #opened: ArtifactBackend[] = [];

  constructor(server: S3TestServer) {
    this.#server = server;
    this.name = `s3://${server.bucket}/${this.#prefix} at ${server.endpoint}`;
  }

  store(): ArtifactBackend {
    return this.#open('store/');
  }

  scratch(): ArtifactBackend {
    return this.#open('scratch/');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      const all = this.#open('');
      const keys = (await objectsIn(all)).map(({ key }) => key);
      await forEachAtOnce(32, keys, (key) => all.delete(key));
    } catch (error) {
      if (!isArtifactError(error)) throw error;
      // What ended the run is of more interest, and often the same.
      console.error(`quickstart: ${this.name} is not removed: ${error.message}`);
      process.exitCode = 1;
    } finally {
      await Promise.all(this.#opened.map((backend) => backend.close()));
    }
  }

  #open(part: string): ArtifactBackend {
    const { bucket, endpoint, region, accessKeyId, secretAccessKey } = this.#server;
    const backend = s3Backend({
      bucket,
      prefix: `${this.#prefix}${part}`,
      endpoint,
      region,
      // An application leaves them out and has them from where the AWS SDK finds them.
      credentials: { accessKeyId, secretAccessKey },
      // Its owner named a server for tests, which may be on a network without certificates.
      allowInsecureEndpoint: true,
    });
    this.#opened.push(backend);
    return backend;
  }
}
