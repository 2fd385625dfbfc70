import type { ArtifactBackend, ObjectInfo } from '@artifacts/core';

import { type BrokenBackend, pause, refuse } from './broken-backend.test-helper.ts';

/** Faults in listings. */
export const brokenLists: readonly BrokenBackend[] = [
  {
    fault: 'cannot list a storage without objects',
    caughtBy: 'an empty storage lists nothing',
    breaks: (good) => ({
      async *list(options) {
        const objects = await all(good, options);
        yield* objects.length === 0 ? refuse('NOT_FOUND') : objects;
      },
    }),
  },
  {
    fault: 'lists folder by folder',
    caughtBy: 'a listing is in byte order of keys',
    breaks: (good) => ({
      async *list(options) {
        const byFolder = (key: string) => key.replaceAll('/', '\0');
        yield* (await all(good, options)).toSorted((a, b) => (byFolder(a.key) < byFolder(b.key) ? -1 : 1));
      },
    }),
  },
  {
    fault: 'takes the last key of a page for a folder and goes on after it',
    caughtBy: 'a listing that gets one or two objects at a time from the medium is whole and in byte order',
    ofPages: true,
    breaks: (good) => ({
      async *list(options) {
        let last: string | undefined;
        for await (const info of good.list(options)) {
          if (last !== undefined && info.key.startsWith(`${last}/`)) continue;
          last = info.key;
          yield info;
        }
      },
    }),
  },
  {
    fault: 'lists what it goes on after once more',
    caughtBy: 'a listing in pages of one object gives every object in order',
    breaks: (good) => ({
      async *list(options) {
        yield* (await all(good, { prefix: options.prefix })).filter(({ key }) => key >= (options.after ?? ''));
      },
    }),
  },
  {
    fault: 'goes on only after keys that exist',
    caughtBy: 'a listing goes on after any key, whether or not it exists',
    breaks: (good) => ({
      async *list(options) {
        const objects = await all(good, { prefix: options.prefix });
        const at = objects.findIndex(({ key }) => key === options.after);
        yield* options.after !== undefined && at === -1 ? [] : objects.slice(at + 1);
      },
    }),
  },
  {
    fault: 'takes the prefix for a folder',
    caughtBy: 'a prefix is any start of a key and not a folder',
    breaks: (good) => ({
      list: ({ prefix, ...options }) =>
        good.list({ ...options, prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/` }),
    }),
  },
  {
    fault: 'lists everything when the prefix matches nothing',
    caughtBy: 'a prefix that matches nothing lists nothing',
    breaks: (good) => ({
      async *list(options) {
        const objects = await all(good, options);
        yield* objects.length === 0 && options.after === undefined ? await all(good, { prefix: '' }) : objects;
      },
    }),
  },
  {
    fault: 'forgets the prefix when it goes on',
    caughtBy: 'a prefix and a start hold together',
    breaks: (good) => ({
      list: (options) => good.list(options.after === undefined ? options : { ...options, prefix: '' }),
    }),
  },
  {
    fault: 'lists the first thousand only',
    caughtBy: 'a listing of 2,500 objects is complete and in order, from the start and from the middle',
    breaks: (good) => ({
      async *list(options) {
        yield* (await all(good, options)).slice(0, 1000);
      },
    }),
  },
  {
    fault: 'counts objects to find the next page',
    caughtBy: 'what is there during the whole listing appears exactly once, whatever else comes and goes',
    breaks: (good) => ({
      async *list(options) {
        for (let offset = 0; ; offset += 200) {
          const page = (await all(good, options)).slice(offset, offset + 200);
          if (page.length === 0) return;
          yield* page;
        }
      },
    }),
  },
  {
    fault: 'lists versions of before and sizes of now',
    caughtBy: 'an object replaced while it is listed is described as it was before or after',
    breaks: (good) => ({
      async *list(options) {
        for (const info of await all(good, options)) {
          await pause();
          const now = await good.read(info.key);
          if (now.status === 'found') yield { ...info, size: now.info.size };
        }
      },
    }),
  },
  {
    fault: 'lets only so many listings be left early',
    caughtBy: 'a listing left early holds nothing and can be started again',
    breaks: (good) => {
      let running = 0;
      return {
        async *list(options) {
          running += 1;
          if (running > 100) refuse('UNAVAILABLE');
          yield* good.list(options);
          running -= 1;
        },
      };
    },
  },
  {
    fault: 'has one place in the listing for all listings',
    caughtBy: 'two listings at the same time do not disturb each other',
    breaks: (good) => {
      let place: string | undefined;
      return {
        async *list(options) {
          place = options.after;
          for (;;) {
            const next = (await all(good, { ...options, after: place })).at(0);
            if (next === undefined) return;
            place = next.key;
            yield next;
          }
        },
      };
    },
  },
];

export async function all(
  good: ArtifactBackend,
  options: Parameters<ArtifactBackend['list']>[0],
): Promise<ObjectInfo[]> {
  const objects: ObjectInfo[] = [];
  for await (const info of good.list(options)) objects.push(info);
  return objects;
}
