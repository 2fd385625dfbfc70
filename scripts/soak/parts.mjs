/**
 * What the nightly run tries more often than `npm test` does.
 *
 * @typedef {object} Part
 * @property {string[]} files The test files.
 * @property {Record<string, string>} env How often.
 */

/** @type {Record<string, Part>} */
export const parts = {
  kills: {
    files: ['packages/backend-local/test/crash.test.ts', 'packages/backend-local/test/crash-points.test.ts'],
    env: { ARTIFACTS_TEST_KILLS: '5000' },
  },
  audit: {
    files: ['packages/audit/test/crash.test.ts'],
    env: { ARTIFACTS_TEST_AUDIT_KILLS: '1000' },
  },
  power: {
    files: ['packages/backend-local/test/power-loss.test.ts'],
    env: { ARTIFACTS_TEST_POWER_LOSSES: '250' },
  },
  properties: {
    files: ['packages/testkit/test/properties/'],
    env: { ARTIFACTS_TEST_RUNS: '10000' },
  },
  races: {
    files: ['packages/backend-local/test/races.test.ts'],
    env: { ARTIFACTS_TEST_ROUNDS: '2000' },
  },
};
