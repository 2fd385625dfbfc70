import { closeSync, openSync } from 'node:fs';

import type { BackendCapabilities } from '@artifacts/core';

import { type BrokenBackend, bytesOf, refuse, stream } from './broken-backend.test-helper.ts';

/** Faults in handles and in what a backend says of itself. */
export const brokenHandles: readonly BrokenBackend[] = [
  {
    fault: 'remembers what it read',
    caughtBy: 'what one handle wrote the other reads and lists at once',
    breaks: (good) => {
      const cache = new Map<string, { info: Parameters<typeof Object.freeze>[0]; bytes: Uint8Array }>();
      return {
        read: async (key, options) => {
          const cached = cache.get(key);
          if (cached) return { status: 'found', info: cached.info as never, body: stream(cached.bytes) };
          const result = await good.read(key, options);
          if (result.status !== 'found') return result;
          const bytes = await bytesOf(result.body);
          cache.set(key, { info: result.info, bytes });
          return { ...result, body: stream(bytes) };
        },
      };
    },
  },
  {
    fault: 'remembers what was absent',
    caughtBy: 'a handle that found nothing sees what the other then wrote',
    breaks: (good) => {
      const absent = new Set<string>();
      return {
        read: async (key, options) => {
          if (absent.has(key)) return { status: 'absent' };
          const result = await good.read(key, options);
          if (result.status === 'absent') absent.add(key);
          return result;
        },
      };
    },
  },
  {
    fault: 'removes the objects when a handle is closed',
    caughtBy: 'a handle works on after the other was closed, and objects outlive it',
    breaks: (good) => ({
      close: async () => {
        for await (const { key } of good.list({ prefix: '' })) await good.delete(key);
      },
    }),
  },
  {
    fault: 'keeps a file open when it is closed',
    caughtBy: 'handles that were used and closed hold nothing',
    breaks: (good) => {
      const file = openSync('/dev/null', 'r');
      // The garbage collector must not close it for us, and the test must.
      setTimeout(() => closeSync(file), 2000).unref();
      return { close: () => good.close() };
    },
  },
  {
    fault: 'can be closed once only',
    caughtBy: 'a backend may be closed more than once',
    breaks: () => {
      let closed = false;
      return {
        close: async () => {
          if (closed) refuse('BACKEND');
          closed = true;
        },
      };
    },
  },
  {
    fault: 'speaks a version of the contract that does not exist',
    caughtBy: 'a backend states version 1 of the contract and has every method of it',
    breaks: () => ({ contract: 2 as number as 1 }),
  },
  {
    fault: 'has a name that is a sentence',
    caughtBy: 'the name is a short token in lower case',
    breaks: () => ({ name: 'My Backend (beta)' }),
  },
  {
    fault: 'claims less once it was used',
    caughtBy: 'the capabilities are three booleans and stay what they are',
    breaks: (good) => {
      let asked = false;
      return {
        capabilities: async (options) => {
          const claims: BackendCapabilities = { ...(await good.capabilities(options)), conditionalDelete: !asked };
          asked = true;
          return claims;
        },
      };
    },
  },
  {
    fault: 'leaves its probe behind',
    caughtBy: 'asking for the capabilities leaves nothing behind',
    breaks: (good) => ({
      capabilities: async (options) => {
        await good.write('probe', new Uint8Array());
        return good.capabilities(options);
      },
    }),
  },
  {
    fault: 'writes to see whether it may write',
    caughtBy: 'check resolves on a storage that is in order, and only reads',
    breaks: (good) => ({
      check: async () => {
        await good.write('check', new Uint8Array());
      },
    }),
  },
  {
    fault: 'says that all is well without a look',
    caughtBy: 'check rejects where the medium cannot be used',
    breaks: () => ({ check: async () => {} }),
  },
  {
    fault: 'touches what it reads',
    caughtBy: 'reading and listing change nothing',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        if (result.status === 'found') await good.write(key, await bytesOf(result.body));
        return good.read(key, options);
      },
    }),
  },
];
