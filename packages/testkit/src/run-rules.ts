import { setTimeout as delay } from 'node:timers/promises';

import type { Harness, HarnessFactory } from './harness.ts';
import { notApplicable, type Rule } from './rule.ts';
import { checkSuite, firstSuite, isBinding, type SuiteVersion, testkitVersion } from './suite.ts';

export interface RunOptions {
  /** A rule that takes longer has failed. 60,000 by default. */
  readonly timeoutMs?: number | undefined;

  /**
   * The minor version of the testkit that the backend was published against. A rule that came later is a warning as long
   * as no later minor version is installed, and binding from then on. By default every rule is binding.
   */
  readonly suite?: SuiteVersion | undefined;
}

/** What one rule said about one backend. A warning is a rule that is broken and not binding yet. */
export type RuleResult = { readonly rule: Rule; readonly durationMs: number } & (
  | { readonly outcome: 'held' }
  | { readonly outcome: 'broken' | 'warning'; readonly error: unknown }
  | { readonly outcome: 'not applicable'; readonly reason: string }
);

/**
 * Runs one rule on a storage of its own. A harness that cannot be made or opened is a broken rule too. Every runner,
 * whatever prints its results, is a loop around this.
 *
 * @throws `INVALID_ARGUMENT` when `suite` is not a minor version; otherwise never rejects.
 */
export async function runRule(rule: Rule, factory: HarnessFactory, options: RunOptions = {}): Promise<RuleResult> {
  checkSuite(options.suite);
  const start = performance.now();
  const result = await attempt(rule, factory, options.timeoutMs ?? 60_000);
  const durationMs = performance.now() - start;
  const binding = isBinding(rule.since ?? firstSuite, options.suite, testkitVersion);
  if (result.outcome === 'broken' && !binding) return { rule, durationMs, ...result, outcome: 'warning' };
  return { rule, durationMs, ...result };
}

/** Runs the rules one after the other, in their order. @throws `INVALID_ARGUMENT` as `runRule` does */
export async function runRules(
  rules: Iterable<Rule>,
  factory: HarnessFactory,
  options: RunOptions = {},
): Promise<RuleResult[]> {
  const results: RuleResult[] = [];
  for (const rule of rules) results.push(await runRule(rule, factory, options));
  return results;
}

type Outcome =
  | { outcome: 'held' }
  | { outcome: 'broken'; error: unknown }
  | { outcome: 'not applicable'; reason: string };

async function attempt(rule: Rule, factory: HarnessFactory, timeoutMs: number): Promise<Outcome> {
  const timer = new AbortController();
  try {
    const harness = await factory();
    try {
      return await Promise.race([onHarness(rule, harness), expire(timeoutMs, timer.signal)]);
    } finally {
      await harness.dispose?.();
    }
  } catch (error) {
    return { outcome: 'broken', error };
  } finally {
    timer.abort();
  }
}

async function onHarness(rule: Rule, harness: Harness): Promise<Outcome> {
  if (rule.needs !== undefined && harness[rule.needs] === undefined) {
    return { outcome: 'not applicable', reason: `${rule.needs} not offered` };
  }
  if (rule.requires !== undefined || rule.denies !== undefined) {
    const backend = await harness.open();
    const reason = notApplicable(rule, await backend.capabilities());
    if (reason !== undefined) return { outcome: 'not applicable', reason };
  }
  await rule.run(harness);
  return { outcome: 'held' };
}

async function expire(timeoutMs: number, signal: AbortSignal): Promise<never> {
  await delay(timeoutMs, undefined, { signal });
  throw new Error(`the rule did not end within ${timeoutMs} ms`);
}
