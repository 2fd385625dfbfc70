const ofSource = new WeakSet<object>();

/** Remembers of what `read` throws that it came from where an artifact is read, not from where it is written. */
export async function fromSource<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw remembered(error);
  }
}

/** The same for what gives one chunk after another. */
export async function* chunksFromSource(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    yield* chunks;
  } catch (error) {
    throw remembered(error);
  }
}

export function isOfSource(error: object): boolean {
  return ofSource.has(error);
}

function remembered(error: unknown): unknown {
  if (typeof error === 'object' && error !== null) ofSource.add(error);
  return error;
}
