import type { ArtifactBackend } from '@artifacts/core';

import type { BrokenBackend } from './broken-backend.test-helper.ts';

const isLedger = (key: string): boolean => key.endsWith('ledger/usage');

/** Those that were asked for their claims. A runner asks them once more than the store. */
const asked = new WeakSet<ArtifactBackend>();

export const brokenQuotas: readonly BrokenBackend[] = [
  {
    fault: 'forgets what others wrote into the ledger meanwhile',
    caughtBy: 'a quota holds for all handles together, and is filled to the last artifact',
    breaks: (good) => ({
      write: (key, body, options) => good.write(key, body, isLedger(key) ? {} : options),
    }),
  },
  {
    fault: 'keeps the first ledger',
    caughtBy:
      'every handle says exactly what is stored, after uploads, overwrites, copies, updates and deletes of another',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const found = isLedger(key) ? await good.read(key) : undefined;
        return found?.status === 'found' ? found.info : good.write(key, body, options);
      },
    }),
  },
  {
    fault: 'loses the record whose answer it lost',
    caughtBy:
      'what a writer reserved that died is free again when it lapses, unless its record shows that it was committed',
    breaks: (good) => ({
      read: async (key, options) => (key === 'records/died/1' ? { status: 'absent' } : good.read(key, options)),
    }),
  },
  {
    fault: 'denies compareAndSwap when it is asked first, and then keeps a quota',
    caughtBy: 'a quota that cannot be kept is refused by the first write, unless it is asked for as a soft one',
    breaks: (good) => ({
      capabilities: async (options) => {
        const claims = await good.capabilities(options);
        if (asked.has(good)) return claims;
        asked.add(good);
        return { ...claims, compareAndSwap: false };
      },
    }),
  },
];
