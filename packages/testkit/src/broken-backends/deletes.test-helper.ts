import { type BrokenBackend, refuse, versionOf } from './broken-backend.test-helper.ts';

/** Faults in deleting and clearing away. */
export const brokenDeletes: readonly BrokenBackend[] = [
  {
    fault: 'deletes only small objects',
    caughtBy: 'a deleted object is absent for reads and listings on every handle',
    breaks: (good) => ({
      delete: async (key, options) => {
        const result = await good.read(key);
        if (result.status === 'found' && result.info.size < 1_048_576) await good.delete(key, options);
      },
    }),
  },
  {
    fault: 'refuses to delete what is retained',
    caughtBy: 'what is written as retained is replaced and deleted like anything else',
    breaks: (good) => {
      const retained = new Set<string>();
      return {
        write: (key, body, options) => {
          if (options?.retainUntil === undefined) retained.delete(key);
          else retained.add(key);
          return good.write(key, body, options);
        },
        delete: async (key, options) => {
          if (retained.has(key)) refuse('RETAINED');
          await good.delete(key, options);
        },
      };
    },
  },
  {
    fault: 'takes deleting an absent object for an error',
    caughtBy: 'deleting an absent object is no error, however often',
    breaks: (good) => ({
      delete: async (key, options) => {
        if ((await versionOf(good, key)) === undefined && !options?.condition) refuse('NOT_FOUND');
        await good.delete(key, options);
      },
    }),
  },
  {
    fault: 'refuses a conditional delete of an absent object',
    caughtBy: 'a delete with a version of an absent object is no error',
    breaks: (good) => ({
      delete: async (key, options) => {
        if ((await versionOf(good, key)) === undefined && options?.condition) refuse('PRECONDITION_FAILED');
        await good.delete(key, options);
      },
    }),
  },
  {
    fault: 'keeps a mark where an object was deleted and writes no more',
    caughtBy: 'a deleted object can be written again',
    breaks: (good) => {
      const deleted = new Set<string>();
      return {
        write: (key, body, options) =>
          deleted.has(key) ? Promise.resolve({ key, size: 0, version: 'gone' }) : good.write(key, body, options),
        delete: (key, options) => {
          deleted.add(key);
          return good.delete(key, options);
        },
      };
    },
  },
  {
    fault: 'refuses every conditional delete',
    caughtBy: 'a delete with the present version deletes',
    breaks: (good) => ({
      delete: (key, options) => (options?.condition ? refuse('PRECONDITION_FAILED') : good.delete(key, options)),
    }),
  },
  {
    fault: 'deletes whatever the version is',
    caughtBy: 'a delete with another version is refused and deletes nothing',
    breaks: (good) => ({ delete: (key, options) => good.delete(key, { signal: options?.signal }) }),
  },
  {
    fault: 'discards finished objects by their age',
    caughtBy: 'discarding unfinished writes keeps every finished object',
    breaks: (good) => ({
      discardUnfinished: async (before) => {
        for await (const { key, modifiedAt } of good.list({ prefix: '' }))
          if (modifiedAt < before) await good.delete(key);
      },
    }),
  },
  {
    fault: 'discards every unfinished write, however new',
    caughtBy: 'discarding unfinished writes never harms a write in progress that began later',
    breaks: (good) => ({
      write: async (key, body, options) => {
        if (body instanceof Uint8Array) return good.write(key, body, options);
        const stage = 'staging/one';
        await good.write(stage, new Uint8Array());
        const chunks: Uint8Array[] = [];
        for await (const chunk of body) chunks.push(Uint8Array.from(chunk));
        if ((await versionOf(good, stage)) === undefined) refuse('BACKEND');
        await good.delete(stage);
        return good.write(key, Buffer.concat(chunks), options);
      },
      discardUnfinished: (_before, options) => good.delete('staging/one', options),
    }),
  },
  {
    fault: 'fails when there is nothing to discard',
    caughtBy: 'discarding unfinished writes works on an empty storage, and twice',
    breaks: () => ({ discardUnfinished: async () => refuse('NOT_FOUND') }),
  },
  {
    fault: 'puts an unfinished write in place when it clears away',
    caughtBy: 'after failed writes were discarded the previous object is there and writes work',
    breaks: (good) => {
      const failed = new Map<string, Uint8Array>();
      return {
        write: (key, body, options) =>
          good.write(key, body, options).catch((error: unknown) => {
            failed.set(key, new Uint8Array(10));
            throw error;
          }),
        discardUnfinished: async () => {
          for (const [key, bytes] of failed) await good.write(key, bytes);
        },
      };
    },
  },
];
