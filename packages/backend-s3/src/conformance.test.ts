import { contractRules, storeRules } from '@artifacts/testkit';
import { describeBackend, describeS3 } from '@artifacts/testkit/vitest';

import { freshHarness } from '../test/support/bucket.ts';

describeS3('s3', (server) => {
  describeBackend('contract and store', () => freshHarness(server), {
    rules: [...contractRules, ...storeRules],
    timeoutMs: 240_000,
  });
});
