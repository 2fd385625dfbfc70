import { ArtifactStore, generateKey, isArtifactError, isExpired, keyringFromText } from '@artifacts/core';
import { contractRules } from '@artifacts/testkit';
import { type S3Fault, type S3Proxy, startS3Proxy } from '@artifacts/testkit/s3-proxy';
import { describeBackend, describeS3 } from '@artifacts/testkit/vitest';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { freshHarness } from '../test/support/bucket.ts';
import { content, inChunks, type Proxied, throughProxy } from '../test/support/through-proxy.ts';

const signing = keyringFromText(`k1=${generateKey()}`);
const large = content(9 * 1024 * 1024);
const before = 'as it was before';

/** What a server or a network can do to one request. Bodies are hurt where an answer has one. */
const faults: readonly S3Fault[] = [
  { fault: 'answer', status: 503, code: 'SlowDown' },
  { fault: 'answer', status: 500, code: 'InternalError', when: 'after' },
  { fault: 'reset', when: 'before' },
  { fault: 'reset', when: 'after' },
  { fault: 'truncate', atByte: 10 },
  { fault: 'corrupt', of: 'response' },
];

interface Operation {
  readonly name: string;
  readonly run: (store: ArtifactStore) => Promise<unknown>;
  /** What "doc" may hold afterwards: as before, or as the operation makes it. */
  readonly makes: string | Uint8Array | undefined;
  /** What "big" has to hold for it. */
  readonly needs?: Uint8Array;
}

const operations: readonly Operation[] = [
  { name: 'a small overwrite', run: (store) => store.upload('doc', 'new'), makes: 'new' },
  { name: 'an expiring overwrite', run: (store) => store.upload('doc', 'new', { ttlMs: 60_000 }), makes: 'new' },
  { name: 'a large overwrite', run: (store) => store.upload('doc', () => inChunks(large)), makes: large },
  { name: 'an update', run: (store) => store.update('doc', { metadata: { a: 1 } }), makes: before },
  { name: 'a delete', run: (store) => store.delete('doc'), makes: undefined },
  { name: 'a download', run: async (store) => (await store.download('doc')).bytes(), makes: before },
  {
    name: 'a large download',
    run: async (store) => equal(await (await store.download('big')).bytes()),
    makes: before,
    needs: large,
  },
  { name: 'a listing', run: (store) => store.page(), makes: before },
];

function equal(bytes: Uint8Array): void {
  if (Buffer.compare(bytes, large) !== 0) throw new Error('other bytes than were stored');
}

function storeOn(backend: Proxied['backend']): ArtifactStore {
  // Pauses take no time: what is shown is what comes after them.
  return new ArtifactStore({ backend, audience: 'test', signing, sleep: async (_, signal) => signal.throwIfAborted() });
}

async function filled(proxied: Proxied, { needs }: Operation): Promise<ArtifactStore> {
  const direct = storeOn(proxied.direct);
  await direct.upload('doc', before);
  if (needs !== undefined) await direct.upload('big', needs);
  return direct;
}

/** What "doc" holds, past the proxy. */
async function documentOf(store: ArtifactStore): Promise<Buffer | undefined> {
  const metadata = await store.getMetadata('doc');
  if (metadata === undefined || isExpired(metadata)) return undefined;
  return Buffer.from(await (await store.download('doc')).bytes());
}

function bufferOf(made: Operation['makes']): Buffer | undefined {
  return made === undefined ? undefined : Buffer.from(made as string);
}

describeS3('every request of every operation fails, once and for good', (server) => {
  test.each(operations)(
    'I-6 $name ends well or with a code, leaves one version or the other, and goes well when made again',
    async (operation) => {
      const { run, makes } = operation;
      const counting = await throughProxy(server);
      await filled(counting, operation);
      await run(storeOn(counting.backend));
      const requests = counting.proxy.requests.total;
      const possible = [bufferOf(before), bufferOf(makes)];

      for (const fault of faults) {
        for (const times of [1, Number.POSITIVE_INFINITY]) {
          // For good is the same for every request after the first that fails.
          for (let nth = 1; nth <= (times === 1 ? requests : 1); nth += 1) {
            const what = `${JSON.stringify(fault)} at request ${nth} of ${requests}, ${times === 1 ? 'once' : 'for good'}`;
            const proxied = await throughProxy(server);
            const direct = await filled(proxied, operation);
            proxied.proxy.inject({ ...fault, nth, times });
            const store = storeOn(proxied.backend);

            const failure: unknown = await run(store).then(
              () => undefined,
              (error: unknown) => error,
            );

            expect(failure === undefined || isArtifactError(failure), `${what}: ${String(failure)}`).toBe(true);
            const found = await documentOf(direct);
            const allowed = failure === undefined ? possible.slice(1) : possible;
            const held = allowed.some((one) => (one === undefined ? found === undefined : found?.equals(one) === true));
            expect(held, `${what}: ${found?.length} bytes after ${String(failure)}`).toBe(true);

            proxied.proxy.clear();
            if (makes !== undefined || found !== undefined) await run(storeOn(proxied.backend));
            const again = await documentOf(direct);
            expect(
              makes === undefined ? again === undefined : again?.equals(bufferOf(makes) ?? Buffer.of()),
              what,
            ).toBe(true);
          }
        }
      }
    },
    600_000,
  );
});

describeS3('s3 behind a proxy', (server) => {
  const { endpoint: target, secretAccessKey } = server;
  let proxy: S3Proxy;
  beforeAll(async () => {
    proxy = await startS3Proxy({ target, secretAccessKey });
  });
  afterAll(() => proxy.close());
  describeBackend('contract', () => freshHarness({ ...server, endpoint: proxy.endpoint }), { rules: contractRules });
});
