import { setTimeout as after } from 'node:timers/promises';

import { ArtifactError } from '@artifacts/core';

import { methodsOf } from './check-script.ts';
import type { BackendFault, BackendFaultRule, FaultyMethod } from './faults.ts';

/** A call that is about to be made. */
export interface Call {
  readonly method: FaultyMethod;
  readonly key?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Counts what matches each rule of a script. */
export class Script {
  /** How many calls had the fault of each rule. */
  readonly hits: number[];
  readonly #matches: number[];
  readonly #rules: readonly BackendFaultRule[];

  constructor(rules: readonly BackendFaultRule[]) {
    this.#rules = rules;
    this.#matches = rules.map(() => 0);
    this.hits = rules.map(() => 0);
  }

  /** The faults of this call. Every rule that matches it counts it. */
  faultsOf(call: Call): readonly BackendFault[] {
    return this.#rules.filter((rule, index) => {
      if (!matches(rule, call)) return false;
      const count = increased(this.#matches, index);
      const { nth = 1, times = Number.POSITIVE_INFINITY } = rule;
      if (count < nth || count >= nth + times) return false;
      increased(this.hits, index);
      return true;
    });
  }
}

/** What happens before a call is made. Rejects where it is not to be made at all. */
export async function beforeCall(faults: readonly BackendFault[], { signal }: Call): Promise<void> {
  signal?.throwIfAborted();
  for (const fault of faults) {
    if (fault.fault === 'delay') await untilAborted(signal, fault.ms);
    if (fault.fault === 'stall' && fault.atByte === undefined) await untilAborted(signal);
    if (fault.fault === 'fail' && fault.when !== 'after') throw errorOf(fault);
  }
}

/** What happens once a call was applied. */
export function afterCall(faults: readonly BackendFault[]): void {
  for (const fault of faults) if (fault.fault === 'fail' && fault.when === 'after') throw errorOf(fault);
}

/** Waits, for ever where no time is given, and rejects with the reason of an abort. */
export async function untilAborted(signal: AbortSignal | undefined, ms?: number): Promise<void> {
  const over = new AbortController();
  const stop = () => over.abort();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    // The longest time that a timer can wait, again and again.
    do await after(ms ?? 2 ** 31 - 1, undefined, { signal: over.signal });
    while (ms === undefined);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

function matches(rule: BackendFaultRule, { method, key }: Call): boolean {
  if (!methodsOf(rule).includes(method)) return false;
  if (rule.key === undefined) return true;
  // `search` starts at the beginning, also with a pattern that remembers where it was.
  return key !== undefined && (typeof rule.key === 'string' ? key === rule.key : key.search(rule.key) !== -1);
}

function increased(counts: number[], index: number): number {
  const count = (counts[index] ?? 0) + 1;
  counts[index] = count;
  return count;
}

function errorOf({ error }: BackendFault & { readonly fault: 'fail' }): unknown {
  return error ?? new ArtifactError('UNAVAILABLE', 'the storage fails, as the test asked it to');
}
