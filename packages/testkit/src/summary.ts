import type { RuleResult } from './run-rules.ts';

/** How many rules ended in which way. */
export interface RuleCounts {
  readonly passed: number;
  /** Capabilities that the backend does not claim, and was seen to refuse without changing anything. */
  readonly deniedHonestly: number;
  readonly broken: number;
  readonly warnings: number;
  /** Rules that say nothing about a backend with these claims. */
  readonly notApplicable: number;
}

export function countRules(results: readonly RuleResult[]): RuleCounts {
  const of = (outcome: RuleResult['outcome']) => results.filter((result) => result.outcome === outcome);
  const deniedHonestly = of('held').filter(({ rule }) => rule.denies !== undefined).length;
  return {
    passed: of('held').length - deniedHonestly,
    deniedHonestly,
    broken: of('broken').length,
    warnings: of('warning').length,
    notApplicable: of('not applicable').length,
  };
}

/** One line: `116 rules passed, 3 denied honestly`, and what else there was. */
export function summary(results: readonly RuleResult[]): string {
  const { passed, deniedHonestly, broken, warnings, notApplicable } = countRules(results);
  const others = Object.entries({ broken, warnings, 'not applicable': notApplicable }).filter(([, count]) => count > 0);
  return [
    `${rulesOf(passed)} passed`,
    `${deniedHonestly} denied honestly`,
    ...others.map(([what, count]) => `${count} ${what}`),
  ].join(', ');
}

/** `1 rule`, `2 rules`. */
export function rulesOf(count: number): string {
  return `${count} ${count === 1 ? 'rule' : 'rules'}`;
}
