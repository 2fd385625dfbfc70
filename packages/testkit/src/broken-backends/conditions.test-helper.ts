import { type BrokenBackend, bytesOf, refuse, versionOf } from './broken-backend.test-helper.ts';
import { ignoring } from './ignoring.test-helper.ts';

/** Faults in conditions. */
export const brokenConditions: readonly BrokenBackend[] = [
  {
    fault: 'takes the version * for any object',
    caughtBy: 'a version that means any object elsewhere is a version like any other, and refused',
    breaks: (good) => ({
      write: (key, body, options) => {
        const { condition } = options ?? {};
        const any = condition !== undefined && 'version' in condition && condition.version === '*';
        return good.write(key, body, any ? { ...options, condition: undefined } : options);
      },
    }),
  },
  {
    fault: 'takes an empty object for a reason to refuse a create',
    caughtBy: 'a write with absent creates an object that is absent',
    breaks: (good) => ({
      write: (key, body, options) =>
        options?.condition && body instanceof Uint8Array && body.length === 0
          ? Promise.reject(new Error('no body'))
          : good.write(key, body, options),
    }),
  },
  {
    fault: 'claims creates and ignores the condition',
    caughtBy: 'a write with absent is refused while an object is present, and changes nothing',
    breaks: (good) => ({ write: ignoring(good, 'absent') }),
  },
  {
    fault: 'replaces the object and then refuses',
    caughtBy: 'a write with absent is refused while an object is present, and changes nothing',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const taken = options?.condition && 'absent' in options.condition && (await versionOf(good, key)) !== undefined;
        const written = await good.write(key, body, taken === true ? {} : options);
        return taken === true ? refuse('PRECONDITION_FAILED') : written;
      },
    }),
  },
  {
    fault: 'never forgets a key it created',
    caughtBy: 'a write with absent creates again what was deleted',
    breaks: (good) => {
      const created = new Set<string>();
      return {
        write: async (key, body, options) => {
          if (options?.condition && 'absent' in options.condition && created.has(key)) refuse('PRECONDITION_FAILED');
          created.add(key);
          return good.write(key, body, options);
        },
      };
    },
  },
  {
    fault: 'refuses every swap',
    caughtBy: 'a write with the present version replaces the object',
    breaks: (good) => ({
      write: async (key, body, options) =>
        options?.condition && 'version' in options.condition
          ? refuse('PRECONDITION_FAILED')
          : good.write(key, body, options),
    }),
  },
  {
    fault: 'swaps only what this handle wrote',
    caughtBy: 'a version that one handle gave is a condition for the other',
    breaks: (good) => {
      const own = new Set<string>();
      return {
        write: async (key, body, options) => {
          const { condition } = options ?? {};
          if (condition && 'version' in condition && !own.has(condition.version)) refuse('PRECONDITION_FAILED');
          const written = await good.write(key, body, options);
          own.add(written.version);
          return written;
        },
      };
    },
  },
  {
    fault: 'gives readers a weak version that no condition takes',
    caughtBy: 'a write with the version that a read or a listing gave replaces the object',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        if (result.status !== 'found') return result;
        return { ...result, info: { ...result.info, version: `W/${result.info.version}` } };
      },
    }),
  },
  {
    fault: 'counts versions from one again, so that an old one fits',
    caughtBy: 'a write with the version of a deleted object is refused once other bytes are there',
    breaks: (good) => {
      let count = 0;
      return {
        write: async (key, body, { condition } = {}) => {
          if (condition && 'version' in condition && condition.version !== `v${count}`) refuse('PRECONDITION_FAILED');
          count += 1;
          return { ...(await good.write(key, body)), version: `v${count}` };
        },
        delete: async (key) => {
          count = 0;
          await good.delete(key);
        },
      };
    },
  },
  {
    fault: 'looks at the declared size of unconditional writes only',
    caughtBy: 'a conditional write of a wrong declared size is refused and nothing is stored',
    breaks: (good) => ({
      write: (key, body, options) =>
        good.write(key, body, options?.condition ? { ...options, size: undefined } : options),
    }),
  },
  {
    fault: 'claims swaps and ignores the version',
    caughtBy: 'a write with another version is refused and changes nothing',
    breaks: (good) => ({ write: ignoring(good, 'version') }),
  },
  {
    fault: 'creates where a swap finds nothing',
    caughtBy: 'a write with a version is refused where the object is absent, and creates nothing',
    breaks: (good) => ({
      write: async (key, body, options) =>
        (await versionOf(good, key)) === undefined
          ? ignoring(good, 'version')(key, body, options)
          : good.write(key, body, options),
    }),
  },
  {
    fault: 'reads a stream to its end for a create',
    caughtBy: 'absent with a body that is a stream is refused and nothing is stored',
    breaks: (good) => ({
      write: async (key, body, options) => good.write(key, options?.condition ? await bytesOf(body) : body, options),
    }),
  },
  {
    fault: 'forgets the version when the body is a stream',
    caughtBy: 'a version with a body that is a stream is refused and nothing is stored',
    breaks: (good) => ({
      write: (key, body, options) =>
        good.write(key, body, body instanceof Uint8Array ? options : { ...options, condition: undefined }),
    }),
  },
];
