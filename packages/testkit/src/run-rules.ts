import { setTimeout as delay } from 'node:timers/promises';

import { type Harness, type HarnessFactory, notApplicable, type Rule } from './rule.ts';

export interface RunOptions {
  /** A rule that takes longer has failed. 60,000 by default. */
  readonly timeoutMs?: number | undefined;
}

/** What one rule said about one backend. */
export type RuleResult = { readonly rule: Rule; readonly durationMs: number } & (
  | { readonly outcome: 'held' }
  | { readonly outcome: 'broken'; readonly error: unknown }
  | { readonly outcome: 'not applicable'; readonly reason: string }
);

/**
 * Runs one rule on a storage of its own. Never rejects: a harness that cannot be made or opened is a broken rule too.
 * Every runner, whatever prints its results, is a loop around this.
 */
export async function runRule(rule: Rule, factory: HarnessFactory, options: RunOptions = {}): Promise<RuleResult> {
  const start = performance.now();
  const result = await attempt(rule, factory, options.timeoutMs ?? 60_000);
  return { rule, durationMs: performance.now() - start, ...result };
}

/** Runs the rules one after the other, in their order. */
export async function runRules(
  rules: Iterable<Rule>,
  factory: HarnessFactory,
  options: RunOptions = {},
): Promise<RuleResult[]> {
  const results: RuleResult[] = [];
  for (const rule of rules) results.push(await runRule(rule, factory, options));
  return results;
}

/** One line: `96 rules held, 3 not applicable`, and how many were broken if any. */
export function summary(results: readonly RuleResult[]): string {
  const count = (outcome: RuleResult['outcome']) => results.filter((result) => result.outcome === outcome).length;
  const broken = count('broken');
  return [
    `${count('held')} rules held`,
    ...(broken > 0 ? [`${broken} broken`] : []),
    `${count('not applicable')} not applicable`,
  ].join(', ');
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
