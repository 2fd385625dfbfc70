import type { BackendCapabilities } from '@artifacts/core';

const meanings: Readonly<Record<keyof BackendCapabilities, readonly [yes: string, no: string]>> = {
  createIfAbsent: [
    'of concurrent creations exactly one wins',
    'create-only uploads are refused, and of concurrent uploads of one new id the last writer wins',
  ],
  compareAndSwap: [
    'conditions, updates, retention, holds and quotas work, and a delete leaves a tombstone',
    'ifGeneration, ifRevision, update, retention and quotas are refused, and a delete may lose to an upload',
  ],
  conditionalDelete: [
    'a sweep removes expired records and tombstones',
    'a sweep replaces expired records by tombstones, which stay: one small object per deleted id',
  ],
};

/** What a backend can do, and what is lost without it: one line for each capability. */
export function describeCapabilities(capabilities: BackendCapabilities): string {
  return Object.entries(meanings)
    .map(([name, [yes, no]]) => {
      const claimed = capabilities[name as keyof BackendCapabilities];
      return `${name}: ${claimed ? 'yes' : 'no'}; ${claimed ? yes : no}`;
    })
    .join('\n');
}
