import { type BrokenBackend, bytesOf } from './broken-backend.test-helper.ts';

/** Faults in versions and in reads that only want changes. */
export const brokenVersions: readonly BrokenBackend[] = [
  {
    fault: 'makes versions of size and time',
    caughtBy: 'different bytes never share a version, however quickly one follows the other',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const written = await good.write(key, body, options);
        return { ...written, version: `${written.size}-${Date.now()}` };
      },
    }),
  },
  {
    fault: 'counts versions from one again after a delete',
    caughtBy: 'different bytes never share a version with what was deleted before them',
    breaks: (good) => {
      const counts = new Map<string, number>();
      return {
        write: async (key, body, options) => {
          const count = (counts.get(key) ?? 0) + 1;
          counts.set(key, count);
          return { ...(await good.write(key, body, options)), version: `v${count}` };
        },
        delete: async (key, options) => {
          counts.delete(key);
          await good.delete(key, options);
        },
      };
    },
  },
  {
    fault: 'quotes the version in listings only',
    caughtBy: 'write, read and list give the same version and size',
    breaks: (good) => ({
      async *list(options) {
        for await (const info of good.list(options)) yield { ...info, version: `"${info.version}"` };
      },
    }),
  },
  {
    fault: 'has versions with a line break',
    caughtBy: 'a version is 1 to 256 printable ASCII characters',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const written = await good.write(key, body, options);
        return { ...written, version: `${written.version}\n` };
      },
    }),
  },
  {
    fault: 'gives the earlier version when the same bytes are written again',
    caughtBy: 'writing the same bytes again gives an object that its newest version names',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const before = await good.read(key);
        const bytes = await bytesOf(body);
        const written = await good.write(key, bytes, options);
        const same = before.status === 'found' && Buffer.compare(await bytesOf(before.body), bytes) === 0;
        return same ? { ...written, version: before.info.version } : written;
      },
    }),
  },
  {
    fault: 'ignores ifChanged',
    caughtBy: 'a read that only wants changes says unchanged, without a body, while the version stays',
    breaks: (good) => ({ read: (key, options) => good.read(key, { ...options, ifChanged: undefined }) }),
  },
  {
    fault: 'says unchanged whatever is there',
    caughtBy: 'a read that only wants changes gives the object once its bytes are others',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        const guess = result.status === 'found' && options?.ifChanged !== undefined;
        return guess ? { status: 'unchanged', info: result.info } : result;
      },
    }),
  },
  {
    fault: 'says unchanged of what is gone',
    caughtBy: 'a read that only wants changes says absent once the object is deleted',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        if (result.status !== 'absent' || options?.ifChanged === undefined) return result;
        return { status: 'unchanged', info: { key, size: 0, version: options.ifChanged, modifiedAt: new Date() } };
      },
    }),
  },
  {
    fault: 'gives modifiedAt in seconds',
    caughtBy: 'modifiedAt is when the object was written',
    breaks: (good) => ({
      async *list(options) {
        for await (const info of good.list(options)) {
          yield { ...info, modifiedAt: new Date(info.modifiedAt.getTime() / 1000) };
        }
      },
    }),
  },
];
