import { inspect } from 'node:util';

import { type ArtifactBackend, isArtifactError } from '@artifacts/core';

import { type BrokenBackend, bytesOf, refuse } from './broken-backend.test-helper.ts';

/** Faults in keys and errors. */
export const brokenKeys: readonly BrokenBackend[] = [
  {
    fault: 'drops dots at the end of a key, as some file systems do',
    caughtBy: 'odd but valid keys are different objects, each listed as it was written',
    breaks: (good) => mapped(good, (key) => key.replace(/(?<=[a-z])\.+$/, '')),
  },
  {
    fault: 'cuts segments to 255 bytes',
    caughtBy: 'keys up to the longest, of any segment length and depth, are different objects',
    breaks: (good) => mapped(good, (key) => key.replaceAll(/([^/]{255})[^/]+/g, '$1')),
  },
  {
    fault: 'cannot have an object where a folder is',
    caughtBy: 'an object and objects below its key exist side by side',
    breaks: (good) => ({
      write: async (key, body, options) => {
        for await (const below of good.list({ prefix: `${key}/` }))
          refuse(below.key === key ? 'BACKEND' : 'ALREADY_EXISTS');
        return good.write(key, body, options);
      },
    }),
  },
  {
    fault: 'reads whatever path it is given',
    caughtBy: 'what core would not make a key of is refused by every method and stores nothing',
    breaks: (good) => ({
      read: (key, options) => good.read(key, options).catch(() => ({ status: 'absent' as const })),
    }),
  },
  {
    fault: 'reads the body before it looks at the key',
    caughtBy: 'a write to what is no key is refused before its body is opened',
    breaks: (good) => ({
      write: async (key, body, options) =>
        good.write(key, options?.condition || options?.size !== undefined ? body : await bytesOf(body), options),
    }),
  },
  {
    fault: 'normalises a prefix like a path',
    caughtBy: 'a prefix that no key can have leads nowhere',
    breaks: (good) => ({
      list: ({ prefix, ...options }) =>
        good.list({ ...options, prefix: prefix.replaceAll(/^\/|\.\.\/?|^\.\/|\0/g, '') }),
    }),
  },
  {
    fault: 'throws when an object is absent',
    caughtBy: 'absence is a result and not an error',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        return result.status === 'absent' ? refuse('NOT_FOUND') : result;
      },
    }),
  },
  {
    fault: 'takes a folder for an empty object',
    caughtBy: 'a folder of objects is not an object',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        if (result.status !== 'absent') return result;
        for await (const below of good.list({ prefix: `${key}/` })) {
          return { status: 'found', info: { ...below, key, size: 0 }, body: good.list({ prefix: '-' }) as never };
        }
        return result;
      },
    }),
  },
  {
    fault: 'throws its own errors instead of typed ones',
    caughtBy: 'refusals are typed errors that trying again does not help',
    breaks: (good) => ({
      write: (key, body, options) =>
        good.write(key, body, options).catch((error: unknown) => {
          throw isArtifactError(error, 'INVALID_ARGUMENT') ? new RangeError(error.message) : error;
        }),
    }),
  },
  {
    fault: 'says that a failed condition may be tried again',
    caughtBy: 'a failed condition is a typed error that trying again does not help',
    breaks: (good) => ({
      write: (key, body, options) =>
        good.write(key, body, options).catch((error: unknown) => {
          throw isArtifactError(error, 'PRECONDITION_FAILED') ? Object.assign(error, { retryable: true }) : error;
        }),
    }),
  },
  {
    fault: 'puts the request with its body into the error',
    caughtBy: 'an error shows nothing of what was to be stored',
    breaks: (good) => ({
      write: (key, body, options) =>
        good.write(key, body, options).catch((error: unknown) => {
          throw isArtifactError(error) ? Object.assign(error, { request: inspect({ key, body }) }) : error;
        }),
    }),
  },
];

function mapped(good: ArtifactBackend, map: (key: string) => string): Partial<ArtifactBackend> {
  return {
    write: async (key, body, options) => ({ ...(await good.write(map(key), body, options)), key }),
    read: (key, options) => good.read(map(key), options),
    delete: (key, options) => good.delete(map(key), options),
  };
}
