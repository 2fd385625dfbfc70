import { contractRules, type Harness } from '@artifacts/testkit';
import { type S3FaultRule, type S3Proxy, startS3Proxy } from '@artifacts/testkit/s3-proxy';
import { describeBackend, describeS3 } from '@artifacts/testkit/vitest';
import { afterAll, beforeAll } from 'vitest';

import { connectionTo, ensureBucket, freshHarness } from '../test/support/bucket.ts';
import { type Claims, claimsOf } from './claims.ts';
import { mediumOf } from './medium.ts';

/** So rarely that no request meets one each time it is made again, also where many are made at once. */
const every = 7;

/** What a backend bears by itself. All else is told to the store, which knows what may be made again. */
const borne: readonly S3FaultRule[] = [
  { fault: 'answer', status: 409, code: 'OperationAborted', kind: ['GetObject', 'HeadObject'], every },
  { fault: 'answer', status: 503, code: 'SlowDown', kind: 'UploadPart', every },
  { fault: 'reset', when: 'before', kind: 'UploadPart', nth: 3, every },
  { fault: 'reset', when: 'after', kind: 'CompleteMultipartUpload', every },
  { fault: 'reset', when: 'before', kind: 'AbortMultipartUpload', every },
];

/** Listings meet none of these; and by far the longest are about many small writes, which meet none either. */
const unconcerned = [/listing of 2,500/, /during the whole listing/, /different bytes never share a version/];
const rules = contractRules.filter(({ title }) => !unconcerned.some((about) => about.test(title)));

describeS3('s3 behind a proxy', (server) => {
  let proxy: S3Proxy;
  let capabilities: Claims;
  beforeAll(async () => {
    await ensureBucket(server);
    capabilities = await claimsOf(mediumOf(connectionTo(server), {}), undefined);
    proxy = await startS3Proxy({ target: server.endpoint, secretAccessKey: server.secretAccessKey });
  });
  afterAll(() => proxy.close());

  const behind = async (): Promise<Harness> => {
    // The requests count anew for each rule.
    proxy.clear();
    for (const fault of borne) proxy.inject(fault);
    return freshHarness({ ...server, endpoint: proxy.endpoint }, { capabilities });
  };
  describeBackend('contract, while some requests fail', behind, { rules });
});
