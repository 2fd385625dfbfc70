import type { Lifetime } from './abort.ts';

/** Works on several items at once, and gives what comes of them in the order of the items. */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  atOnce: number,
  lifetime: Lifetime,
  work: (item: Item) => Promise<Result>,
): AsyncGenerator<Result, void, undefined> {
  const window: Promise<Result>[] = [];
  try {
    for await (const item of items) {
      const result = work(item);
      // It is awaited in its turn; until then its failure is nobody's.
      result.catch(() => undefined);
      window.push(result);
      const [first] = window;
      if (window.length < atOnce || first === undefined) continue;
      void window.shift();
      yield await first;
    }
    for (let result = window.shift(); result !== undefined; result = window.shift()) yield await result;
  } finally {
    // Work that nobody waits for any more is told when the operation ends.
    if (window.length > 0) lifetime.leaveBehind();
  }
}
