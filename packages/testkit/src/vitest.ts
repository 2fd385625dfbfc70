import { describe, test } from 'vitest';

import { contractRules } from './contract-rules.ts';
import { type HarnessFactory, type Rule, ruleTitle } from './rule.ts';
import { runRule } from './run-rules.ts';

export { describeS3 } from './describe-s3.ts';

export interface DescribeOptions {
  /** The rules to run, `contractRules` by default. */
  readonly rules?: readonly Rule[] | undefined;
  /** A rule that takes longer has failed. 60,000 by default. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Registers one vitest test per rule. A rule that says nothing about the backend's claims is shown as skipped, with the
 * reason.
 */
export function describeBackend(name: string, factory: HarnessFactory, options: DescribeOptions = {}): void {
  const { rules = contractRules, timeoutMs = 60_000 } = options;
  describe(name, () => {
    for (const rule of rules) {
      // The rule's own limit comes first: its error says which rule, and the storage is still disposed of.
      test(ruleTitle(rule), { timeout: timeoutMs + 10_000 }, async ({ skip }) => {
        const result = await runRule(rule, factory, { timeoutMs });
        if (result.outcome === 'broken') throw result.error;
        if (result.outcome === 'not applicable') skip(result.reason);
      });
    }
  });
}
