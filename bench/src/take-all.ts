/** Goes through all items, of which there must be so many. */
export async function takeAll(items: AsyncIterable<unknown>, expected: number): Promise<void> {
  let count = 0;
  for await (const _ of items) count += 1;
  if (count !== expected) throw new Error(`came by ${count} items, not ${expected}`);
}
