import { setTimeout as delay } from 'node:timers/promises';

import { type BrokenBackend, bytesOf, pause, refuse } from './broken-backend.test-helper.ts';

const settledSoon = 1500;

/** Faults in aborting. */
export const brokenAborts: readonly BrokenBackend[] = [
  {
    fault: 'never ends a delete that was aborted',
    caughtBy: 'a call aborted while it runs settles within a second, with the reason or with its result',
    breaks: (good) => ({
      delete: async (key, options) => {
        await good.delete(key, options);
        await pause();
        if (options?.signal?.aborted === true) await new Promise(() => {});
      },
    }),
  },
  {
    fault: 'looks at no signal before it deletes',
    caughtBy: 'a call whose signal is already aborted rejects with the reason and does nothing',
    breaks: (good) => ({ delete: (key, options) => good.delete(key, { condition: options?.condition }) }),
  },
  {
    fault: 'rejects with an error of its own when aborted',
    caughtBy: 'a call whose signal is already aborted rejects with the reason and does nothing',
    breaks: (good) => ({
      read: async (key, options) =>
        options?.signal?.aborted === true
          ? Promise.reject(new DOMException('aborted', 'AbortError'))
          : good.read(key, options),
    }),
  },
  {
    fault: 'takes its time to clear away after an abort',
    caughtBy: 'a write aborted while its body waits settles within a second and leaves nothing visible',
    breaks: (good) => ({
      write: (key, body, options) =>
        good.write(key, body, options).catch(async (error: unknown) => {
          if (options?.signal?.aborted === true) await delay(settledSoon);
          throw error;
        }),
    }),
  },
  {
    fault: 'clears away the previous object after an abort',
    caughtBy: 'a write aborted while its body waits leaves the previous object as it was',
    breaks: (good) => ({
      write: (key, body, options) =>
        good.write(key, body, options).catch(async (error: unknown) => {
          if (options?.signal?.aborted === true) await good.delete(key);
          throw error;
        }),
    }),
  },
  {
    fault: 'stores as much as was sent before an abort',
    caughtBy: 'a write aborted at any moment leaves the old object or the new one',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const bytes = await bytesOf(body);
        await new Promise(setImmediate);
        if (options?.signal?.aborted !== true) return good.write(key, bytes, options);
        await good.write(key, bytes.subarray(0, 1_000_000));
        options.signal.throwIfAborted();
        return refuse('BACKEND');
      },
    }),
  },
  {
    fault: 'hands out a body that no signal stops',
    caughtBy: 'a body aborted before its first chunk rejects with the reason',
    breaks: (good) => ({ read: (key, options) => good.read(key, { ...options, signal: undefined }) }),
  },
  {
    fault: 'ends a body early and quietly when aborted',
    caughtBy: 'a body aborted while it is read ends with the reason or was already complete',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        if (result.status !== 'found') return result;
        return { ...result, body: untilAborted(await bytesOf(result.body), options?.signal) };
      },
    }),
  },
  {
    fault: 'lists on after an abort',
    caughtBy: 'a listing aborted between two objects ends with the reason',
    breaks: (good) => ({
      async *list({ signal, ...options }) {
        signal?.throwIfAborted();
        yield* good.list(options);
      },
    }),
  },
  {
    fault: 'leaves a listener on the signal',
    caughtBy: 'a call that ended leaves no listener on its signal',
    breaks: (good) => ({
      read: (key, options) => {
        options?.signal?.addEventListener('abort', () => undefined);
        return good.read(key, options);
      },
    }),
  },
];

async function* untilAborted(bytes: Uint8Array, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length && signal?.aborted !== true; start += 65_536) {
    yield bytes.subarray(start, start + 65_536);
  }
}
