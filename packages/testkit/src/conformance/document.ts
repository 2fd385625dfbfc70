import { type Rule } from '../rule.ts';
import type { RuleResult } from '../run-rules.ts';
import { firstSuite, type SuiteVersion, testkitVersion } from '../suite.ts';
import { countRules, type RuleCounts } from '../summary.ts';
import { errorText } from './error-text.ts';
import type { Subject } from './report.ts';

/** One rule in the document of `artifacts-conformance --json`. */
export interface ReportedRule {
  readonly title: string;
  readonly guarantee?: Rule['guarantee'];
  readonly since: SuiteVersion;
  readonly outcome: RuleResult['outcome'];
  readonly durationMs: number;
  /** What broke the rule, without secrets. */
  readonly error?: string;
  /** Why the rule is not applicable. */
  readonly reason?: string;
}

/** What `artifacts-conformance --json` prints. New members are a minor change; another meaning is another version. */
export interface ConformanceDocument {
  readonly version: 1;
  /** The version of the testkit that ran the rules. */
  readonly testkit: string;
  /** The version that the backend was published against, where it was given. */
  readonly suite?: SuiteVersion;
  readonly backend: Subject;
  readonly counts: RuleCounts;
  readonly rules: readonly ReportedRule[];
}

export function conformanceDocument(
  backend: Subject,
  suite: SuiteVersion | undefined,
  results: readonly RuleResult[],
): ConformanceDocument {
  return {
    version: 1,
    testkit: testkitVersion,
    ...(suite === undefined ? {} : { suite }),
    backend,
    counts: countRules(results),
    rules: results.map(reported),
  };
}

function reported(result: RuleResult): ReportedRule {
  const { title, guarantee, since = firstSuite } = result.rule;
  return {
    title,
    ...(guarantee === undefined ? {} : { guarantee }),
    since,
    outcome: result.outcome,
    durationMs: Math.round(result.durationMs),
    ...('error' in result ? { error: errorText(result.error) } : {}),
    ...('reason' in result ? { reason: result.reason } : {}),
  };
}
