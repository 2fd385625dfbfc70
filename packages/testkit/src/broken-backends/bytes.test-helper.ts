import { type Body, type BrokenBackend, bytesOf, chunksOf, storing, stream } from './broken-backend.test-helper.ts';

/** Faults in what is stored. */
export const brokenBytes: readonly BrokenBackend[] = [
  {
    fault: 'forgets the last part of a stream that is full',
    caughtBy: 'a stream that ends where a part of 5, 8 or 16 MiB ends, or a byte beside, comes back whole',
    breaks: (good) => ({
      write: async (key, body, options) => {
        if (body instanceof Uint8Array) return good.write(key, body, options);
        const bytes = await bytesOf(body);
        const part = 8 * 1_048_576;
        return good.write(key, bytes.length % part === 0 ? bytes.subarray(0, -part) : bytes);
      },
    }),
  },
  {
    fault: 'drops the last byte of what is larger than a MiB',
    caughtBy: 'bytes of any size come back as they were written',
    breaks: (good) => ({ write: storing(good, (bytes) => (bytes.length > 1_048_576 ? bytes.slice(0, -1) : bytes)) }),
  },
  {
    fault: 'takes an empty object for an absent one',
    caughtBy: 'bytes of any size come back as they were written',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        return result.status === 'found' && result.info.size === 0 ? { status: 'absent' } : result;
      },
    }),
  },
  {
    fault: 'stores parts of a stream out of order',
    caughtBy: 'a stream in chunks of any size comes back as it was written',
    breaks: (good) => ({
      write: async (key, body, options) =>
        good.write(key, body instanceof Uint8Array ? body : stream(...(await chunksOf(body)).toReversed()), options),
    }),
  },
  {
    fault: 'takes an empty chunk for the end',
    caughtBy: 'empty chunks in a stream are neither its end nor bytes',
    breaks: (good) => ({
      write: (key, body, options) => good.write(key, body instanceof Uint8Array ? body : untilEmpty(body), options),
    }),
  },
  {
    fault: 'takes the upper bound for the exact size',
    caughtBy: 'a declared size or an upper bound changes nothing of what is stored',
    breaks: (good) => ({
      write: async (key, body, options) => {
        const bytes = await bytesOf(body);
        const padding = new Uint8Array(Math.max(0, Math.min(options?.maxSize ?? 0, 10_000) - bytes.length));
        return good.write(key, Buffer.concat([bytes, padding]), { ...options, size: undefined });
      },
    }),
  },
  {
    fault: 'stores bytes as text',
    caughtBy: 'no byte is interpreted',
    breaks: (good) => ({ write: storing(good, (bytes) => new TextEncoder().encode(new TextDecoder().decode(bytes))) }),
  },
  {
    fault: 'keeps the buffer of the caller',
    caughtBy: 'the caller may change its bytes once the write resolved',
    breaks: (good) => {
      const kept = new Map<string, Uint8Array>();
      return {
        write: async (key, body, options) => {
          if (body instanceof Uint8Array) kept.set(key, body);
          return good.write(key, body, options);
        },
        read: async (key, options) => {
          const result = await good.read(key, options);
          const bytes = kept.get(key);
          return result.status === 'found' && bytes !== undefined ? { ...result, body: stream(bytes) } : result;
        },
      };
    },
  },
  {
    fault: 'keeps the chunks of a stream until its end',
    caughtBy: 'a stream may fill the same buffer again for every chunk',
    breaks: (good) => ({
      write: async (key, body, options) => {
        if (body instanceof Uint8Array) return good.write(key, body, options);
        const chunks: Uint8Array[] = [];
        for await (const chunk of body) chunks.push(chunk);
        return good.write(key, stream(...chunks), options);
      },
    }),
  },
  {
    fault: 'stores the whole buffer behind a view',
    caughtBy: 'a view into a larger buffer is stored without its surroundings',
    breaks: (good) => ({
      write: (key, body, options) =>
        good.write(key, body instanceof Uint8Array ? new Uint8Array(body.buffer) : body, options),
    }),
  },
  {
    fault: 'gives readers the stored buffer itself',
    caughtBy: 'what a reader does to the bytes it got changes nothing that is stored',
    breaks: (good) => {
      const shared = new Map<string, Uint8Array>();
      return {
        write: async (key, body, options) => {
          const bytes = await bytesOf(body);
          shared.set(key, bytes);
          return good.write(key, bytes, options);
        },
        read: async (key, options) => {
          const result = await good.read(key, options);
          const bytes = shared.get(key)?.subarray(options?.range?.start, options?.range?.end);
          return result.status === 'found' && bytes !== undefined ? { ...result, body: stream(bytes) } : result;
        },
      };
    },
  },
  {
    fault: 'reads every chunk into the same buffer',
    caughtBy: 'a chunk that was read keeps its bytes while reading goes on',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        return result.status === 'found' ? { ...result, body: throughOneBuffer(result.body) } : result;
      },
    }),
  },
  {
    fault: 'gives text instead of bytes',
    caughtBy: 'iterating a body gives as many bytes as its object has, in chunks that are Uint8Arrays',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        if (result.status !== 'found') return result;
        const chunks: unknown[] = [Buffer.from(await bytesOf(result.body)).toString('latin1')];
        return { ...result, body: stream(...(chunks as Uint8Array[])) };
      },
    }),
  },
  {
    fault: 'reads into one buffer for all readers',
    caughtBy: 'many objects are read at the same time without mixing',
    breaks: (good) => {
      const buffer = new Uint8Array(1_048_576);
      return {
        read: async (key, options) => {
          const result = await good.read(key, options);
          if (result.status !== 'found' || result.info.size > buffer.length) return result;
          return { ...result, body: viaShared(buffer, result.body) };
        },
      };
    },
  },
];

async function* untilEmpty(body: Exclude<Body, Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    if (chunk.length === 0) return;
    yield chunk;
  }
}

async function* throughOneBuffer(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(65_536);
  for await (const chunk of body) {
    for (let start = 0; start < chunk.length; start += buffer.length) {
      const part = chunk.subarray(start, start + buffer.length);
      buffer.set(part);
      yield buffer.subarray(0, part.length);
    }
  }
}

async function* viaShared(buffer: Uint8Array, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bytes = await bytesOf(body);
  buffer.set(bytes);
  await new Promise(setImmediate);
  yield buffer.slice(0, bytes.length);
}
