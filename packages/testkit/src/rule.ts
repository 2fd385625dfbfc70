import type { BackendCapabilities } from '@artifacts/core';

import type { Harness, HarnessExtra } from './harness.ts';
import type { SuiteVersion } from './suite.ts';

/** An ability that a backend may claim or deny. */
export type Capability = keyof BackendCapabilities;

/** One promise of the contract, and how to see whether a backend keeps it. */
export interface Rule {
  /** The promise in plain words. Stable and unique: reports and the proof that the rules bite refer to it. */
  readonly title: string;

  /** The number of the guarantee (`docs/guarantees.md`) that this rule shows, where there is one. */
  readonly guarantee?: `I-${number}` | undefined;

  /** The minor version of the testkit in which the rule came; the first, 1.0, by default. */
  readonly since?: SuiteVersion | undefined;

  /** The rule holds only for backends that claim all of these; for others it is not run. */
  readonly requires?: Capability | readonly Capability[] | undefined;

  /** The rule holds only for backends that do not claim this: it shows that they refuse rather than pretend. */
  readonly denies?: Capability | undefined;

  /** What the harness must have for this rule; where it has not, the rule is not run. */
  readonly needs?: HarnessExtra | undefined;

  /** Rejects when the rule does not hold. Needs no clean-up: the harness is disposed of afterwards. */
  run(harness: Harness): Promise<void>;
}

/** The name of the test that shows `rule`: its guarantee's number, where it has one, and its title. */
export function ruleTitle(rule: Rule): string {
  return rule.guarantee === undefined ? rule.title : `${rule.guarantee} ${rule.title}`;
}

/** Why `rule` says nothing about a backend with these claims; `undefined` when it applies. */
export function notApplicable(rule: Rule, claims: BackendCapabilities): string | undefined {
  const missing = [rule.requires ?? []].flat().filter((capability) => !claims[capability]);
  if (missing.length > 0) return `${missing.join(', ')} not claimed`;
  return rule.denies !== undefined && claims[rule.denies] ? `${rule.denies} claimed` : undefined;
}
