import { content } from './content.ts';

/** `bytes` as a stream; a fresh copy of each chunk. */
export async function* inChunks(bytes: Uint8Array, chunkSize: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += chunkSize) {
    yield Uint8Array.from(bytes.subarray(start, start + chunkSize));
  }
}

/** A stream that gives `bytes` and then throws `error` instead of ending. */
export async function* failingAfter(bytes: Uint8Array, error: unknown): AsyncGenerator<Uint8Array> {
  yield* inChunks(bytes, 100_000);
  throw error;
}

/** A stream that gives 200 KB and then waits; as the store promises, it rejects when the signal aborts. */
export async function* stalling(signal: AbortSignal, stalled: () => void): AsyncGenerator<Uint8Array> {
  yield content(100_000, 98);
  yield content(100_000, 99);
  await new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    stalled();
  });
}

/** A promise and what settles it. */
export interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}

export function gate(): Gate {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
