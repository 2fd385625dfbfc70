import type { Observer } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { prometheusMetrics } from '@artifacts/metrics-prometheus';
import { Registry } from 'prom-client';

import { openStore } from '../store.ts';
import type { InMemory } from '../in-memory.ts';

/** One way to be watched. */
export interface ObservedLane {
  readonly name: string;
  readonly does: string;
  /** New ones for each store that is opened. */
  readonly observers: () => readonly Observer[];
}

export const unwatched: ObservedLane = { name: 'nobody watches', does: 'no observers', observers: () => [] };
export const idle: ObservedLane = {
  name: 'an observer that does nothing',
  does: 'is told of every start and end',
  observers: () => [{ start: () => undefined, end: () => undefined }],
};
export const withMetrics: ObservedLane = {
  name: 'metrics',
  does: 'all metrics of a registry, and `stats()`',
  observers: () => [prometheusMetrics({ register: new Registry() })],
};

/** A store on a backend in memory that is watched so. */
export function openObserved({ observers }: ObservedLane): InMemory {
  const store = openStore(memoryBackend(), { observers: observers() });
  return {
    async put(key, bytes) {
      await store.upload(key, bytes);
    },
    async get(key) {
      return (await store.download(key)).bytes();
    },
  };
}
