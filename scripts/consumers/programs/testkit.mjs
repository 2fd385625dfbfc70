// Runs rules of the testkit against a backend that was installed.
import assert from 'node:assert/strict';
import { localBackend } from '@artifacts/backend-local';
import { contractRules, runRules } from '@artifacts/testkit';

const backend = localBackend({ root: './store-testkit', durability: 'process' });
const rules = contractRules.filter(({ title }) => /names itself|contract/.test(title));
const results = await runRules(rules, () => ({ open: () => backend }));
assert.notEqual(results.length, 0);
assert.deepEqual(
  results.filter(({ outcome }) => outcome === 'broken'),
  [],
);
