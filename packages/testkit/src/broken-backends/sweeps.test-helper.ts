import type { ArtifactBackend } from '@artifacts/core';

import type { BrokenBackend } from './broken-backend.test-helper.ts';

/** Faults that a sweep must not live with unnoticed. */
export const brokenSweeps: readonly BrokenBackend[] = [
  {
    fault: 'lists no markers',
    caughtBy: 'a sweep removes what has expired, and nothing before that or beside it',
    breaks: (good) => ({
      async *list(options) {
        if (!/(?:pending|expiry)\/$/.test(options.prefix)) yield* good.list(options);
      },
    }),
  },
  {
    fault: 'lists nothing of namespaces to those who ask for all of them',
    caughtBy: 'after a sweep past the grace there is what is live and nothing else',
    breaks: (good) => ({
      async *list(options) {
        if (options.prefix !== 'ns/') yield* good.list(options);
      },
    }),
  },
  {
    fault: 'deletes the neighbour of an expired record',
    caughtBy: 'a sweep removes what has expired, and nothing before that or beside it',
    breaks: (good) => ({
      delete: async (key, options) => {
        await good.delete(key, options);
        if (key.startsWith('records/long/')) await good.delete(key.replace('long', 'live'));
      },
    }),
  },
  {
    fault: 'shows a listing that leaves out every other record',
    caughtBy: 'content that lost its marker goes a grace after a full sweep found it',
    breaks: (good) => ({
      async *list(options) {
        for await (const info of good.list(options)) if (!info.key.startsWith('records/l')) yield info;
      },
    }),
  },
  {
    fault: 'loses what is written over an expired record',
    caughtBy: 'sweeps at once, over several handles, come to the same as one',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const written = await good.write(key, body, options);
        if (key.startsWith('records/again/') && options?.condition && 'version' in options.condition)
          await good.delete(key);
        return written;
      },
    }),
  },
  {
    fault: 'deletes a record with the marker that led to it',
    caughtBy: 'a sweep leaves what is held or retained, however long it has expired',
    breaks: deletingWithMarker,
  },
  {
    fault: 'deletes what does not verify with the marker that led to it',
    caughtBy: 'a sweep touches nothing whose record does not verify, and reports it',
    breaks: deletingWithMarker,
  },
  {
    fault: 'has no conditions, and lists no markers of content',
    caughtBy:
      'without compare-and-swap only an exclusive sweep removes a record, and content that nothing names goes all the same',
    breaks: (good) => ({
      capabilities: async () => ({ createIfAbsent: false, compareAndSwap: false, conditionalDelete: false }),
      async *list(options) {
        if (options.prefix !== 'pending/') yield* good.list(options);
      },
    }),
  },
];

function deletingWithMarker(good: ArtifactBackend): Partial<ArtifactBackend> {
  return {
    delete: async (key, options) => {
      await good.delete(key, options);
      const [, id] = /^expiry\/[^/]+\/(.+)$/.exec(key) ?? [];
      if (id !== undefined) await good.delete(`records/${id}`);
    },
  };
}
