import { ArtifactError } from '@artifacts/core';

import { type BrokenBackend, chunksOf, refuse, stream } from './broken-backend.test-helper.ts';

/** Faults in writes that fail. */
export const brokenFailures: readonly BrokenBackend[] = [
  {
    fault: 'wraps the error of the body',
    caughtBy: 'a body that throws makes the write reject with that very error',
    breaks: (good) => ({
      write: (key, body, options) =>
        good.write(key, body, options).catch((cause: unknown) => {
          throw cause instanceof ArtifactError ? cause : new ArtifactError('BACKEND', 'could not write', { cause });
        }),
    }),
  },
  {
    fault: 'stores what came before the body failed',
    caughtBy: 'a body that throws leaves nothing visible',
    breaks: (good) => ({
      write: async (key, body, options) => {
        if (body instanceof Uint8Array) return good.write(key, body, options);
        const chunks: Uint8Array[] = [];
        try {
          for await (const chunk of body) chunks.push(Uint8Array.from(chunk));
        } catch (error) {
          await good.write(key, Buffer.concat(chunks));
          throw error;
        }
        return good.write(key, Buffer.concat(chunks), options);
      },
    }),
  },
  {
    fault: 'clears away the key when a write fails',
    caughtBy: 'a body that throws leaves the previous object as it was',
    breaks: (good) => ({
      write: (key, body, options) =>
        good.write(key, body, options).catch(async (error: unknown) => {
          if (!(body instanceof Uint8Array)) await good.delete(key);
          throw error;
        }),
    }),
  },
  {
    fault: 'turns an error of opening the body into a TypeError',
    caughtBy: 'a body that cannot be opened makes the write reject with that very error',
    breaks: (good) => ({
      write: (key, body, options) => {
        if (body instanceof Uint8Array) return good.write(key, body, options);
        try {
          const opened = body[Symbol.asyncIterator]();
          return good.write(key, { [Symbol.asyncIterator]: () => opened }, options);
        } catch (cause) {
          return Promise.reject(new TypeError('not iterable', { cause }));
        }
      },
    }),
  },
  {
    fault: 'ignores the declared size',
    caughtBy: 'a body of another length than declared is refused and nothing is stored',
    breaks: (good) => ({ write: (key, body, options) => good.write(key, body, { ...options, size: undefined }) }),
  },
  {
    fault: 'checks the declared size after it stored the body',
    caughtBy: 'a body of another length than declared is refused and nothing is stored',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const written = await good.write(key, body, { ...options, size: undefined });
        return options?.size === undefined || options.size === written.size ? written : refuse('INVALID_ARGUMENT');
      },
    }),
  },
  {
    fault: 'drops the body without closing it when it is too long',
    caughtBy: 'a body is closed when the write ends before it',
    breaks: (good) => ({
      write: async (key, body, options) => {
        if (body instanceof Uint8Array || options?.size === undefined) return good.write(key, body, options);
        const iterator = body[Symbol.asyncIterator]();
        const chunks: Uint8Array[] = [];
        let size = 0;
        for (let step = await iterator.next(); step.done !== true; step = await iterator.next()) {
          size += chunks[chunks.push(Uint8Array.from(step.value)) - 1]?.length ?? 0;
          if (size > options.size) refuse('INVALID_ARGUMENT');
        }
        return good.write(key, Buffer.concat(chunks), options);
      },
    }),
  },
  {
    fault: 'asks for the next chunk before this one came',
    caughtBy: 'a body is iterated once, one chunk at a time',
    breaks: (good) => ({
      write: (key, body, options) =>
        good.write(key, body instanceof Uint8Array ? body : readAhead(body[Symbol.asyncIterator]()), options),
    }),
  },
  {
    fault: 'reads the body once to measure it and once to store it',
    caughtBy: 'a body is iterated once, one chunk at a time',
    breaks: (good) => ({
      write: async (key, body, options) => {
        if (body instanceof Uint8Array) return good.write(key, body, options);
        const chunks = await chunksOf(body);
        await chunksOf(body);
        return good.write(key, stream(...chunks), options);
      },
    }),
  },
  {
    fault: 'leaves the key locked after a failed write',
    caughtBy: 'after a failed write the same key can be written',
    breaks: (good) => {
      const locked = new Set<string>();
      return {
        write: async (key, body, options) => {
          if (locked.has(key)) refuse('UNAVAILABLE');
          locked.add(key);
          const written = await good.write(key, body, options);
          locked.delete(key);
          return written;
        },
      };
    },
  },
];

async function* readAhead(iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let coming = iterator.next();
  for (;;) {
    const following = iterator.next();
    const step = await coming;
    if (step.done === true) return;
    yield step.value;
    coming = following;
  }
}
