// Reads its files from the environment, because Stryker tests one source at a time here: see ../mutation.mjs.
const { MUTATED_SOURCE, MUTATION_REPORT } = process.env;

export default {
  packageManager: 'pnpm',
  plugins: ['@stryker-mutator/vitest-runner'],
  testRunner: 'vitest',
  vitest: { configFile: 'scripts/mutation/vitest.config.ts', related: false },
  coverageAnalysis: 'perTest',
  mutate: [MUTATED_SOURCE],
  // Nothing of these is needed by the tests.
  ignorePatterns: ['bench', 'docs', 'examples', 'dist', 'packages/backend-*', 'packages/testkit'],
  // Stryker would read the configuration with TypeScript's old interface for programs, which the present one has not.
  tsconfigFile: 'none',
  tempDirName: '.cache/stryker',
  cleanTempDir: 'always',
  reporters: ['json', 'progress-append-only'],
  jsonReporter: { fileName: MUTATION_REPORT },
  concurrency: 2,
  timeoutMS: 60_000,
};
