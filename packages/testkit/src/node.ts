import { describe, test } from 'node:test';

import { described, type DescribeOptions, skipReason } from './describe-options.ts';
import type { HarnessFactory } from './harness.ts';
import { ruleTitle } from './rule.ts';
import { runRule } from './run-rules.ts';

export type { DescribeOptions } from './describe-options.ts';

/**
 * Registers one test of `node:test` per rule. A rule that says nothing about the backend's claims is shown as skipped,
 * with the reason.
 *
 * @throws `INVALID_ARGUMENT` when `suite` is not a minor version.
 */
export function describeBackend(name: string, factory: HarnessFactory, options: DescribeOptions = {}): void {
  const { rules, run, testTimeoutMs } = described(options);
  // What node:test returns are promises that it awaits itself.
  void describe(name, () => {
    for (const rule of rules) {
      void test(ruleTitle(rule), { timeout: testTimeoutMs }, async (context) => {
        const reason = skipReason(await runRule(rule, factory, run));
        if (reason !== undefined) context.skip(reason);
      });
    }
  });
}
