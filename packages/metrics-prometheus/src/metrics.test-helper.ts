import { ArtifactStore, generateKey, hmacKeyring, type ArtifactStoreOptions, type OperationEnd } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import type { Registry } from 'prom-client';

const signing = hmacKeyring({ active: 'k1', keys: { k1: generateKey() } });

/** For tests of what is known, on a machine that is busy with others. */
export const maxWaitMs = 60_000;

/** A store over memory. */
export function open(options: Partial<ArtifactStoreOptions> = {}): ArtifactStore {
  return new ArtifactStore({ backend: memoryBackend(), signing, audience: 'test', ...options });
}

/** A clock that is moved by hand. */
export function steps(): { now: number; readonly monotonic: () => number } {
  const clock = { now: 1000, monotonic: () => clock.now };
  return clock;
}

/** What a scrape gives: the value of each series, by its name and labels as they are written. */
export async function scrape(register: Registry): Promise<Map<string, number>> {
  const lines = (await register.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const [, series = '', value] = /^(.*?[^ ]) ([^ ]+)(?: #.*)?$/.exec(line) ?? [];
      return [series, Number(value)];
    }),
  );
}

/** The series of one metric, by their labels in alphabetical order, without those of the store and without what is 0. */
export function valuesOf(series: ReadonlyMap<string, number>, metric: string): Record<string, number> {
  const found: Record<string, number> = {};
  for (const [name, value] of series) {
    const [, base, labels = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(name) ?? [];
    if (base !== metric || value === 0) continue;
    const own = labels.split(/,(?=\w+=)/).filter((label) => !/^(?:store|backend)=/.test(label));
    found[own.toSorted().join(',').replaceAll('"', '')] = value;
  }
  return found;
}

/** The end of an operation that succeeded, but for what is said. */
export function ended(event: Partial<OperationEnd>): OperationEnd {
  return {
    operationId: '1',
    operation: 'getMetadata',
    store: 'main',
    backend: 'memory',
    startedAt: 0,
    outcome: 'ok',
    durationMs: 1,
    bytes: 0,
    requests: 1,
    retries: 0,
    cacheHits: 0,
    ...event,
  };
}
