import { type BrokenBackend, refuse } from './broken-backend.test-helper.ts';

/** Faults in ranges. */
export const brokenRanges: readonly BrokenBackend[] = [
  {
    fault: 'takes the end of a range as its last byte',
    caughtBy: 'a range gives exactly its bytes',
    breaks: (good) => ({
      read: (key, options) => {
        const range = options?.range && { start: options.range.start, end: options.range.end + 1 };
        return good.read(key, { ...options, range });
      },
    }),
  },
  {
    fault: 'refuses a range that ends past the object',
    caughtBy: 'a range that ends past the object ends with it',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        const past = result.status === 'found' && options?.range && options.range.end > result.info.size;
        return past === true ? refuse('INVALID_ARGUMENT') : result;
      },
    }),
  },
  {
    fault: 'gives the whole object when a range starts past it',
    caughtBy: 'a range that starts past the object is empty',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        const past = result.status === 'found' && options?.range && options.range.start >= result.info.size;
        return past === true ? good.read(key) : result;
      },
    }),
  },
  {
    fault: 'takes a range of no bytes for no range',
    caughtBy: 'a range of no bytes is empty',
    breaks: (good) => ({
      read: (key, options) =>
        good.read(key, options?.range?.start === options?.range?.end ? { ...options, range: undefined } : options),
    }),
  },
  {
    fault: 'refuses a range of an absent object',
    caughtBy: 'a range of an absent object is absent',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        return result.status === 'absent' && options?.range ? refuse('INVALID_ARGUMENT') : result;
      },
    }),
  },
  {
    fault: 'gives a part a version of its own',
    caughtBy: 'a range describes the same object as a whole read',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        if (result.status !== 'found' || options?.range === undefined) return result;
        return { ...result, info: { ...result.info, version: `${result.info.version}-part` } };
      },
    }),
  },
];
