import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

import { auditLog } from '@artifacts/audit';
import type { Observer } from '@artifacts/core';
import { prometheusMetrics } from '@artifacts/metrics-prometheus';
import { Registry } from 'prom-client';

import { hmacKeys } from '../store.ts';

/** One way to be watched. */
export interface ObservedLane {
  readonly name: string;
  readonly does: string;
  /** Begins anew for each store that is opened; files may be made below `root`. */
  readonly watch: (root: string) => Watching;
}

interface Watching {
  readonly observers: readonly Observer[];
  /** Resolves when all that was seen has arrived where it goes. */
  readonly end?: () => Promise<void>;
}

export const unwatched: ObservedLane = {
  name: 'nobody watches',
  does: 'no observers',
  watch: () => ({ observers: [] }),
};
export const idle: ObservedLane = {
  name: 'an observer that does nothing',
  does: 'is told of every start and end',
  watch: () => ({ observers: [{ start: () => undefined, end: () => undefined }] }),
};
export const withMetrics: ObservedLane = {
  name: 'metrics',
  does: 'all metrics of a registry, and `stats()`',
  watch: () => ({ observers: [prometheusMetrics({ register: new Registry() })] }),
};
export const withAudit: ObservedLane = {
  name: 'audit',
  does: 'a chained line for each operation, signed and synced with each checkpoint',
  watch(root) {
    const trail = auditLog({ file: join(root, `${randomUUID()}.jsonl`), keyring: hmacKeys(), fsync: 'checkpoint' });
    return {
      observers: [trail.observer],
      async end() {
        await trail.close();
        if (trail.stats.notRecorded > 0) throw new Error(`${trail.stats.notRecorded} operations have no line`);
      },
    };
  },
};
export const withBoth: ObservedLane = {
  name: 'metrics and audit',
  does: 'both',
  watch(root) {
    const both = [withMetrics, withAudit].map(({ watch }) => watch(root));
    return {
      observers: both.flatMap(({ observers }) => observers),
      async end() {
        for (const { end } of both) await end?.();
      },
    };
  },
};
