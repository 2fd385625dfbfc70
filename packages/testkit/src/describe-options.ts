import { contractRules } from './contract-rules.ts';
import type { Rule } from './rule.ts';
import type { RuleResult, RunOptions } from './run-rules.ts';
import { checkSuite } from './suite.ts';

export interface DescribeOptions extends RunOptions {
  /** The rules to run, `contractRules` by default. */
  readonly rules?: readonly Rule[] | undefined;
}

/** The options with their defaults, and the limit of a test around a rule. @throws `INVALID_ARGUMENT` */
export function described({ rules = contractRules, timeoutMs = 60_000, suite }: DescribeOptions) {
  checkSuite(suite);
  // The rule's own limit comes first: its error says which rule, and the storage is still disposed of.
  return { rules, run: { timeoutMs, suite }, testTimeoutMs: timeoutMs + 10_000 };
}

/** Why the test of a rule neither passed nor failed; `undefined` when it passed. Throws what broke the rule. */
export function skipReason(result: RuleResult): string | undefined {
  if (result.outcome === 'broken') throw result.error;
  if (result.outcome === 'not applicable') return result.reason;
  if (result.outcome === 'held') return undefined;
  return `warning: broken, and binding from the next minor version of the testkit: ${String(result.error)}`;
}
