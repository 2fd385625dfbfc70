import { describeBackend } from '@artifacts/testkit/node';

import broken from './broken.mjs';
import { harness } from './named.mjs';

const { contractRules } = await import('@artifacts/testkit');
const rules = contractRules.filter(({ title }) => /^deleting an absent|^a delete with the present/.test(title));

describeBackend('broken', () => ({ open: broken }), { rules });
describeBackend('denying', harness, { rules });
