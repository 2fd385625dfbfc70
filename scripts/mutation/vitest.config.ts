import { basename } from 'node:path';
import { defineConfig, mergeConfig } from 'vitest/config';
import base from '../../vitest.config.ts';
import { names, sourceOf, testsOf } from './files.mjs';

const own = process.env['MUTATED_SOURCE'];

const config = mergeConfig(
  base,
  defineConfig({
    test: {
      // Every run has a worker of its own. That each file of tests loads the sources anew would double its time.
      isolate: false,
      // A test that never ends has seen a mutant, too, and need not be waited for longer.
      testTimeout: 20_000,
      coverage: {
        reporter: [['text', { skipFull: true }]],
        reportsDirectory: '.cache/coverage',
        thresholds: { branches: 100, functions: 100, perFile: true },
      },
    },
  }),
);
config.test.include = own === undefined ? names.flatMap(testsOf) : testsOf(basename(own, '.ts'));
config.test.coverage.include = names.map(sourceOf);

export default config;
