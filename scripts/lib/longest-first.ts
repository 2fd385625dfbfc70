import { relative } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes longest, longest first: a fresh clone has no run to learn it from, and whatever begins last runs alone. */
export const longest: readonly string[] = [
  'packages/backend-s3/src/fault-loop.test.ts',
  'packages/backend-s3/src/conformance.test.ts',
  'packages/backend-s3/src/conformance-faults.test.ts',
  'packages/backend-local/src/conformance.test.ts',
  'packages/backend-local/test/crash.test.ts',
  'packages/backend-local/test/processes.test.ts',
  'packages/backend-local/src/faults.test.ts',
  'packages/testkit/test/interleavings/interleavings.test.ts',
  'examples/backend-sqlite/test/conformance.test.ts',
  'packages/testkit/test/interleavings/quota.test.ts',
  'packages/testkit/src/broken-backends.test.ts',
  'scripts/s3-crash.test.mjs',
];

/** Runs the files that take longest first, and all others as vitest would. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = longest.indexOf(relative(this.ctx.config.root, moduleId));
      return at === -1 ? longest.length : at;
    };
    // oxlint-disable-next-line unicorn/no-array-sort -- that of a sequencer, not of an array
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}
