import type { ArtifactBackend, BackendCapabilities } from '@artifacts/core';

import type { SuiteVersion } from './suite.ts';

/**
 * One fresh, empty storage. Every rule gets its own, so no rule depends on what another left behind.
 */
export interface Harness {
  /** What is under test, for reports: `local`, `s3 behind a prefix`. */
  readonly name?: string | undefined;

  /**
   * How many bytes a key may have here. By default 1,024, which is what the contract allows; less where the harness
   * puts a prefix in front of every key.
   */
  readonly maxKeyBytes?: number | undefined;

  /** A new handle. All handles of one harness must be on the same storage. */
  open(): Promise<ArtifactBackend> | ArtifactBackend;

  /** Closes the handles and removes the storage. Called once, whether the rule held or not. */
  dispose?(): Promise<void>;
}

/** Makes a harness on a storage that nothing else uses. */
export type HarnessFactory = () => Promise<Harness> | Harness;

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
