import { describe, test } from 'vitest';

import { described, type DescribeOptions, skipReason } from './describe-options.ts';
import type { HarnessFactory } from './harness.ts';
import { ruleTitle } from './rule.ts';
import { runRule } from './run-rules.ts';

export type { DescribeOptions } from './describe-options.ts';
export { describeS3 } from './describe-s3.ts';

/**
 * Registers one vitest test per rule. A rule that says nothing about the backend's claims is shown as skipped, with the
 * reason.
 *
 * @throws `INVALID_ARGUMENT` when `suite` is not a minor version.
 */
export function describeBackend(name: string, factory: HarnessFactory, options: DescribeOptions = {}): void {
  const { rules, run, testTimeoutMs } = described(options);
  describe(name, () => {
    for (const rule of rules) {
      test(ruleTitle(rule), { timeout: testTimeoutMs }, async ({ skip }) => {
        const reason = skipReason(await runRule(rule, factory, run));
        if (reason !== undefined) skip(reason);
      });
    }
  });
}
