import { basename } from 'node:path';
import { defineConfig, mergeConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import base from '../../vitest.config.ts';
import { names, sourceOf, tests } from './files.mjs';

const own = basename(process.env['MUTATED_SOURCE'] ?? '', '.ts');

/** The tests beside a source see most of its mutants. Those that wait for timers come last. */
class OwnTestsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const name = basename(moduleId, '.test.ts');
      return name === own ? 0 : name === 'bounded-keys' ? 2 : 1;
    };
    return files.toSorted((a, b) => rank(a) - rank(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

const config = mergeConfig(
  base,
  defineConfig({
    test: {
      // Every run has a worker of its own. That each file of tests loads the sources anew would double its time.
      isolate: false,
      // A test that never ends has seen a mutant, too, and need not be waited for longer.
      testTimeout: 20_000,
      sequence: { sequencer: OwnTestsFirst },
      coverage: {
        reporter: [['text', { skipFull: true }]],
        reportsDirectory: '.cache/coverage',
        thresholds: { branches: 100, functions: 100, perFile: true },
      },
    },
  }),
);
config.test.include = tests;
config.test.coverage.include = names.map(sourceOf);

export default config;
