/** Runs `work` on every item, at most `limit` at a time. The first failure rejects, and nothing more is begun. */
export async function forEachAtOnce<T>(
  limit: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  try {
    await Promise.all(Array.from({ length: limit }, worker));
  } finally {
    queue.length = 0;
  }
}
