import type { ObjectInfo } from '@artifacts/core';

import type { BrokenBackend } from './broken-backend.test-helper.ts';

/** A key as it would be at the root. */
const outOfNamespaces = (key: string): string => key.replace(/^ns\/[^/]*\//, '');

/** The first that was said of a key stays what is said of it. */
function firstInfos(): (info: ObjectInfo) => ObjectInfo {
  const first = new Map<string, ObjectInfo>();
  return (info) => {
    const known = first.get(info.key) ?? info;
    first.set(info.key, known);
    return known;
  };
}

/** Faults that a store in a namespace, or one that remembers records, must not pass on. */
export const brokenNamespaces: readonly BrokenBackend[] = [
  {
    fault: 'keeps the first record of every key',
    caughtBy: 'a record that is moved to another namespace, out of one or into one is refused',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const found = key.includes('records/') && options === undefined ? await good.read(key) : undefined;
        return found?.status === 'found' ? found.info : good.write(key, body, options);
      },
    }),
  },
  {
    fault: 'keeps the first content of every key',
    caughtBy: 'content that is moved to another namespace, out of one or into one is never handed out',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const found = key.includes('content/') ? await good.read(key) : undefined;
        return found?.status === 'found' ? found.info : good.write(key, body, options);
      },
    }),
  },
  {
    fault: 'lists the keys of every namespace as those of the one it is asked for',
    caughtBy: 'what is done in one namespace is seen in no other: uploads, listings, pages and deletes',
    breaks: (good) => ({
      async *list(options) {
        const asked = outOfNamespaces(options.prefix);
        const before = options.prefix.slice(0, options.prefix.length - asked.length);
        for await (const info of good.list({ ...options, prefix: '' })) {
          const key = outOfNamespaces(info.key);
          if (key.startsWith(asked)) yield { ...info, key: before + key };
        }
      },
    }),
  },
  {
    fault: 'folds the case of escaped capitals',
    caughtBy: 'namespaces with names that are alike are apart',
    breaks: (good) => {
      const folded = (key: string): string => key.replace(/^ns\/=41\//, 'ns/a/');
      return {
        read: (key, options) => good.read(folded(key), options),
        write: (key, body, options) => good.write(folded(key), body, options),
      };
    },
  },
  {
    fault: 'says unchanged whatever is there',
    caughtBy: 'metadata that one handle remembers are those that the other handle wrote last',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        if (result.status !== 'found' || options?.ifChanged === undefined) return result;
        return { status: 'unchanged', info: { ...result.info, version: options.ifChanged } };
      },
    }),
  },
  {
    fault: 'lists the version that an object had at first',
    caughtBy: 'a listing that one handle remembers is of what the other handle wrote last',
    breaks: (good) => {
      const asFirst = firstInfos();
      return {
        async *list(options) {
          for await (const info of good.list(options)) yield asFirst(info);
        },
        read: async (key, options) => {
          const result = await good.read(key, options);
          return result.status === 'absent' ? result : { ...result, info: asFirst(result.info) };
        },
      };
    },
  },
];
