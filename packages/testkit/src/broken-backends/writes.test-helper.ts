import { type BrokenBackend, bytesOf, pause, versionOf } from './broken-backend.test-helper.ts';

/** Faults in writing and replacing. */
export const brokenWrites: readonly BrokenBackend[] = [
  {
    fault: 'writes over the old bytes without cutting what is left of them',
    caughtBy: 'a second write replaces the whole object',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const bytes = await bytesOf(body);
        const old = await good.read(key);
        const rest = old.status === 'found' ? (await bytesOf(old.body)).subarray(bytes.length) : new Uint8Array();
        return good.write(key, Buffer.concat([bytes, rest]), options);
      },
    }),
  },
  {
    fault: 'deletes what lies below the key too',
    caughtBy: 'writing and deleting one object leaves the others alone',
    breaks: (good) => ({
      delete: async (key, options) => {
        await good.delete(key, options);
        for await (const below of good.list({ prefix: `${key}/` })) await good.delete(below.key);
      },
    }),
  },
  {
    fault: 'shows a stream while it is still being written',
    caughtBy: 'until a write resolves readers see no object where there was none',
    breaks: (good) => ({
      write: async (key, body, options) => {
        if (body instanceof Uint8Array) return good.write(key, body, options);
        const chunks: Uint8Array[] = [];
        for await (const chunk of body) {
          chunks.push(Uint8Array.from(chunk));
          await good.write(key, Buffer.concat(chunks));
        }
        return good.write(key, Buffer.concat(chunks), options);
      },
    }),
  },
  {
    fault: 'removes the old object before it writes the new one',
    caughtBy: 'until a write resolves readers see the previous object',
    breaks: (good) => ({
      write: async (key, body, options) => {
        if (!(body instanceof Uint8Array)) await good.delete(key);
        return good.write(key, body, options);
      },
    }),
  },
  {
    fault: 'replaces by deleting and writing again',
    caughtBy: 'readers see an object that is only ever replaced, never its absence',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const bytes = await bytesOf(body);
        if (options?.condition === undefined) await good.delete(key);
        await pause();
        return good.write(key, bytes, options);
      },
    }),
  },
  {
    fault: 'asks for the version after the write instead of knowing it',
    caughtBy: 'of concurrent writes without a condition all succeed and one of them is what stays',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const { size } = await good.write(key, body, options);
        await pause();
        return { key, size, version: (await versionOf(good, key)) ?? 'gone' };
      },
    }),
  },
];
