import type { ArtifactBackend } from '@artifacts/core';

import { type BrokenBackend, bytesOf, chunksOf, stream, versionOf } from './broken-backend.test-helper.ts';
import { all } from './lists.test-helper.ts';
import { lookingFirst } from './races.test-helper.ts';

type Breaks = BrokenBackend['breaks'];

const isContent = (key: string): boolean => key.startsWith('content/');
const isRecord = (key: string): boolean => key.startsWith('records/');

/** Those whose first claims were asked for. A runner asks them once more than the store. */
const asked = new WeakSet<ArtifactBackend>();

const acknowledging =
  (drops: (key: string, condition: 'none' | 'absent' | 'version') => boolean): Breaks =>
  (good) => ({
    write: async (key, body, options) => {
      const { condition } = options ?? {};
      const kind = condition === undefined ? 'none' : 'absent' in condition ? 'absent' : 'version';
      const version = await versionOf(good, key);
      if (!drops(key, kind) || (version === undefined && !isRecord(key))) return good.write(key, body, options);
      return { key, size: (await bytesOf(body)).length, version: version ?? 'none' };
    },
  });

const faults: readonly (Omit<BrokenBackend, 'caughtBy'> & { readonly caughtBy: readonly string[] })[] = [
  {
    fault: 'stores no record without a condition',
    caughtBy: [
      'a bit flipped anywhere in a record is a typed refusal',
      'a record that is cut, extended, empty or not one is a typed refusal',
      'records and contents that change places are refused',
      'a record copied to another id, audience or key is refused',
      'a deleted artifact whose tombstone is replaced by a record of another id stays refused',
      'an older record put back is noticed by whoever remembers a newer one',
      'a listing gives every good record and reports those that do not verify',
    ],
    breaks: acknowledging((key, condition) => isRecord(key) && condition === 'none'),
  },
  {
    fault: 'stores no content over another',
    caughtBy: [
      'content that is changed, cut, extended, reordered or gone is never handed out',
      'content of an older version, put where that of the newer one lies, is never handed out',
      'a range is verified, too, and by no more than its own chunks',
    ],
    breaks: acknowledging((key) => isContent(key)),
  },
  {
    fault: 'acknowledges what it does not swap',
    caughtBy: [
      'the generation counts the versions of an id and begins anew after a delete',
      'an upload over a certain generation or revision is refused over any other',
      'an expired artifact may be replaced, as if there were none',
      'an update changes what it names, keeps the content, and is a new revision of one generation',
      'deleting twice is no error',
      'a hold refuses overwrite and delete until an update lifts it',
      'retention refuses overwrite and delete until its time, and is never shortened',
      'one script of all operations comes to the same everywhere',
      'after signing anew nothing needs the old key, and all is as it was',
    ],
    breaks: acknowledging((_key, condition) => condition === 'version'),
  },
  {
    fault: 'looks first and then creates a record',
    caughtBy: ['of sixteen uploads that create, over two handles, exactly one succeeds'],
    breaks: (good) => ({ write: lookingFirst(good, 'absent') }),
  },
  {
    fault: 'looks first and then swaps a record',
    caughtBy: [
      'of eight uploads over one revision, over two handles, exactly one succeeds',
      'uploads at once without a condition all succeed, and each is a generation of its own',
      'of many deletes at once exactly one says that it deleted',
    ],
    breaks: (good) => ({ write: lookingFirst(good, 'version') }),
  },
  {
    fault: 'drops the last byte of content',
    caughtBy: [
      'content of every length around the inline limit and the chunk borders comes back whole',
      'readers during overwrites and deletes get one version whole, or a typed answer that there is none',
      'a store that moves arrives whole, and moving it again sends nothing and signs the same manifest',
      'what is damaged is found, and restored from a copy that is whole',
    ],
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        if (result.status !== 'found' || !isContent(key)) return result;
        return { ...result, body: stream((await bytesOf(result.body)).subarray(0, -1)) };
      },
    }),
  },
  {
    fault: 'stores the chunks of content out of order',
    caughtBy: ['content of unknown length in odd pieces comes back whole'],
    breaks: (good) => ({
      write: async (key, body, options) =>
        body instanceof Uint8Array
          ? good.write(key, body, options)
          : good.write(key, stream(...(await chunksOf(body)).toReversed()), options),
    }),
  },
  {
    fault: 'gives content once only',
    caughtBy: ['one download can be read more than once, whole and in slices'],
    breaks: (good) => {
      const given = new Set<string>();
      return {
        read: (key, options) => {
          if (given.has(key)) return Promise.resolve({ status: 'absent' });
          if (isContent(key)) given.add(key);
          return good.read(key, options);
        },
      };
    },
  },
  {
    fault: 'cuts what it reads at 500 bytes',
    caughtBy: [
      'what was said of an artifact comes back with it',
      'a range is clipped to the size, and the last bytes can be asked for',
      'a range that starts past the end is refused with the size',
    ],
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        if (result.status !== 'found') return result;
        return { ...result, body: stream((await bytesOf(result.body)).subarray(0, 500)) };
      },
    }),
  },
  {
    fault: 'counts the bytes of content from one',
    caughtBy: ['a range gives exactly its bytes, inline and across chunks'],
    breaks: (good) => ({
      read: (key, options) => {
        const range = options?.range;
        if (!range || !isContent(key)) return good.read(key, options);
        return good.read(key, { ...options, range: { start: range.start + 1, end: range.end + 1 } });
      },
    }),
  },
  {
    fault: 'folds the case of escaped capitals in records',
    caughtBy: ['ids that are alike are apart'],
    breaks: (good) => {
      const folded = (key: string): string => key.replace('=41', 'a');
      return {
        write: (key, body, options) => good.write(folded(key), body, options),
        read: (key, options) => good.read(folded(key), options),
      };
    },
  },
  {
    fault: 'remembers the records that it read',
    caughtBy: ['what one handle acknowledged every other handle sees'],
    breaks: (good) => {
      const first = new Map<string, ReturnType<ArtifactBackend['read']>>();
      return {
        read: async (key, options) => {
          const known = first.get(key) ?? good.read(key);
          first.set(key, known);
          const result = await known;
          if (result.status !== 'found') return result;
          const bytes = await bytesOf(result.body);
          first.set(key, Promise.resolve({ ...result, body: stream(bytes) }));
          return { ...result, body: stream(bytes.slice(options?.range?.start, options?.range?.end)) };
        },
      };
    },
  },
  ...(['createIfAbsent', 'compareAndSwap'] as const).map((capability) => ({
    fault: `denies ${capability} when it is asked first`,
    caughtBy: [
      capability === 'createIfAbsent'
        ? 'without createIfAbsent an upload that creates is refused as unsupported'
        : 'without compareAndSwap a swap, an update, retention and a hold are refused as unsupported',
    ],
    breaks: ((good) => ({
      capabilities: async (options) => {
        const claims = await good.capabilities(options);
        if (asked.has(good)) return claims;
        asked.add(good);
        return { ...claims, [capability]: false };
      },
    })) satisfies Breaks,
  })),
  {
    fault: 'lists no record',
    caughtBy: [
      'an artifact expires to the millisecond, without a sweep',
      'a cursor that no page gave, and a limit that no page has, are refused',
      'the size limit holds while the source is read, with at most one chunk too many',
    ],
    breaks: (good) => ({
      async *list(options) {
        for await (const info of good.list(options)) if (!isRecord(info.key)) yield info;
      },
    }),
  },
  {
    fault: 'lists records folder by folder',
    caughtBy: [
      'a listing gives every artifact once, in the order of keys',
      'pages of any size add up to the whole listing',
    ],
    breaks: (good) => ({
      async *list(options) {
        const byFolder = (key: string) => key.replaceAll('/', '\0');
        yield* (await all(good, options)).toSorted((a, b) => (byFolder(a.key) < byFolder(b.key) ? -1 : 1));
      },
    }),
  },
  {
    fault: 'lists only the folder that a prefix names',
    caughtBy: ['a prefix is any start of an id, not a folder'],
    breaks: (good) => ({
      list: ({ prefix, ...options }) => good.list({ ...options, prefix: prefix.endsWith('/') ? prefix : `${prefix}/` }),
    }),
  },
  {
    fault: 'lists from the start, wherever it should go on',
    caughtBy: ['a cursor goes on where its page ended, whatever comes and goes meanwhile'],
    breaks: (good) => ({ list: ({ prefix }) => good.list({ prefix }) }),
  },
  {
    fault: 'stores what came before a body threw',
    caughtBy: ['an upload that fails leaves nothing behind and the previous version as it was'],
    breaks: (good) => ({
      write: (key, body, options) =>
        good.write(key, body, options).catch(async (error: unknown) => {
          await good.write(key, new Uint8Array(10));
          throw error;
        }),
    }),
  },
  {
    fault: 'writes whatever it reads',
    caughtBy: ['reading works where nothing may be written, and only reads'],
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key);
        if (result.status === 'found') await good.write(key, await bytesOf(result.body));
        return good.read(key, options);
      },
    }),
  },
  {
    fault: 'writes down that it was listed',
    caughtBy: [
      'a hostile id is refused before anything is stored',
      'a store refuses a backend of a contract that it does not know',
    ],
    breaks: (good) => ({
      async *list(options) {
        await good.write('listed', new Uint8Array());
        yield* good.list(options);
      },
    }),
  },
];

/** Faults that a store on top must not pass on, each beside every rule that names it. */
export const brokenArtifacts: readonly BrokenBackend[] = faults.flatMap(({ caughtBy, ...fault }) =>
  caughtBy.map((title) => ({ ...fault, caughtBy: title })),
);
