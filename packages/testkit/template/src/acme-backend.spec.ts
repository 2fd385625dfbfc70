import { contractRules, storeRules } from '@artifacts/testkit';
import { describeBackend } from '@artifacts/testkit/vitest';

import { acmeBackend, type AcmeMedium } from './acme-backend.ts';

describeBackend(
  'acme',
  () => {
    const medium: AcmeMedium = new Map();
    return { open: () => acmeBackend({ medium }) };
  },
  { rules: [...contractRules, ...storeRules] },
);
