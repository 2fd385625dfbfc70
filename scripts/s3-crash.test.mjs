import { ArtifactStore, generateKey, isArtifactError, keyringFromText } from '@artifacts/core';
import { s3Backend } from '@artifacts/backend-s3';
import { expect, onTestFinished, test } from 'vitest';
import { crashGateway, startServer, stopServer } from './s3/server.mjs';
import { suites } from './s3/suites.mjs';

const MiB = 1024 * 1024;
const signing = keyringFromText(`k1=${generateKey()}`);
const was = Buffer.alloc(24 * MiB, 'as it was before');
const made = Buffer.alloc(24 * MiB, 'new');

/** A store in the bucket of a server of its own, which goes with the test. */
async function started(suite) {
  const server = await startServer({ suite, mortal: true });
  onTestFinished(() => stopServer(server.folder));
  const { endpoint, bucket, region, accessKeyId, secretAccessKey } = server;
  const backend = s3Backend({ endpoint, bucket, region, credentials: { accessKeyId, secretAccessKey } });
  onTestFinished(() => backend.close());
  const store = new ArtifactStore({ backend, audience: 'test', signing });
  await store.upload('doc', was);
  return { server, backend, store };
}

/** What the work gave, or its error, which has to have a code. */
async function outcomeOf(work) {
  try {
    return { value: await work };
  } catch (error) {
    if (!isArtifactError(error)) throw new Error('the failure has no code', { cause: error });
    return { error };
  }
}

async function same(store, bytes) {
  return Buffer.compare(await (await store.download('doc')).bytes(), bytes) === 0;
}

test.for(Object.keys(suites))(
  'I-6 I-9 an upload and a download during which the gateway of the suite %s crashes end with a code or well, and go well afterwards',
  { timeout: 300_000 },
  async (suite, { skip }) => {
    const missing = suites[suite].missing();
    skip(missing !== undefined, `no S3 server: ${missing}`);
    const { server, backend, store } = await started(suite);
    let running = Promise.resolve();
    const crash = () => {
      running = crashGateway(server)();
    };

    async function* crashing() {
      for (let start = 0; start < made.length; start += MiB) {
        if (start === 16 * MiB) crash();
        yield made.subarray(start, start + MiB);
      }
    }
    const uploaded = await outcomeOf(store.upload('doc', crashing()));
    await running;
    const isNew = await same(store, made);
    expect(isNew || (uploaded.error !== undefined && (await same(store, was)))).toBe(true);
    await store.upload('doc', made);
    await backend.discardUnfinished(new Date(Date.now() + 60 * 60 * 1000));

    const download = await store.download('doc');
    const read = async () => {
      let at = 0;
      for await (const chunk of download) {
        expect(Buffer.compare(chunk, made.subarray(at, at + chunk.length))).toBe(0);
        if (at === 0) crash();
        at += chunk.length;
      }
      return at;
    };
    const { value = made.length } = await outcomeOf(read());
    expect(value).toBe(made.length);
    await running;
    expect(await same(store, made)).toBe(true);
  },
);
