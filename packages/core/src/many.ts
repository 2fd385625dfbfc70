import { bounded, Lifetime, maxTimerMs, quietly } from './abort.ts';
import type { DeleteOptions } from './delete.ts';
import { invalidArgument } from './errors.ts';
import { problemOfInteger, requireField } from './fields.ts';
import type { JsonObject } from './json.ts';
import type { OperationOptions } from './operation.ts';
import { settled, type SafeResult } from './safe-result.ts';
import type { ArtifactSource } from './source.ts';
import type { UploadOptions } from './upload-options.ts';

const defaultConcurrency = 8;
const maxConcurrency = 256;

/** Options of all items together. `timeoutMs` is the limit of each item. */
export interface ManyOptions extends OperationOptions {
  /** How many are under way at once: 1 to 256, by default 8. */
  readonly concurrency?: number | undefined;
}

export interface UploadManyItem<Input = JsonObject> extends Omit<UploadOptions<Input>, keyof OperationOptions> {
  readonly id: string;
  readonly source: ArtifactSource;
}

export interface DeleteManyItem extends Omit<DeleteOptions, keyof OperationOptions> {
  readonly id: string;
}

/** What became of one item. Its `id` is empty when the item had none. */
export type ManyResult<Success extends object = object> = SafeResult<Success> & { readonly id: string };

/**
 * Does `work` for each item, several at once, and gives the outcomes in the order of the items.
 *
 * @throws `INVALID_ARGUMENT`, the reason of an abort, and what iterating `items` or `work` throws when it is no `ArtifactError`
 */
export async function settleEach<Item extends string | { readonly id: string }, Success extends object>(
  items: Iterable<Item> | AsyncIterable<Item>,
  { concurrency = defaultConcurrency, signal, ...shared }: ManyOptions,
  monotonic: () => number,
  work: (item: Item, options: OperationOptions) => Promise<Success>,
): Promise<ManyResult<Success>[]> {
  requireField('concurrency', concurrency, problemOfInteger(concurrency, 1, maxConcurrency));
  const { timeoutMs } = shared;
  if (timeoutMs !== undefined) requireField('timeoutMs', timeoutMs, problemOfInteger(timeoutMs, 1));
  requireItems(items);
  const lifetime = new Lifetime(signal, maxTimerMs, 'all items');
  const results: ManyResult<Success>[] = [];
  const running = new Set<Promise<void>>();
  let makeRoom = (): void => undefined;
  const begin = (item: Item, index: number): void => {
    const run = settled(monotonic, lifetime.signal, async () => {
      if (idOf(item) === undefined) throw invalidArgument('items', `item ${index} is no object with an id`);
      return work(item, { ...shared, signal: lifetime.signal });
    })
      .then(
        (result) => {
          results[index] = { id: idOf(item) ?? '', ...result };
        },
        // A failure that is no result ends them all.
        (error: unknown) => lifetime.abort(error),
      )
      .then(() => {
        running.delete(run);
        makeRoom();
      });
    running.add(run);
  };
  let leave = (): unknown => undefined;
  try {
    const iterator = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
    leave = () => iterator.return?.();
    for (let index = 0; ; index += 1) {
      // No race of all that run: a slow one would remember every race that it was in.
      while (running.size >= concurrency) {
        await new Promise<void>((resolve) => {
          makeRoom = resolve;
        });
      }
      const next = await bounded(lifetime, maxTimerMs, 'the next item', async () => iterator.next());
      if (next.done === true) break;
      begin(next.value, index);
    }
    leave = () => undefined;
    await Promise.all(running);
    lifetime.throwIfAborted();
    return results;
  } catch (error) {
    lifetime.abort(error);
    throw error;
  } finally {
    quietly(leave);
    await Promise.all(running);
    lifetime.end();
  }
}

function idOf(item: unknown): string | undefined {
  const id = typeof item === 'object' && item !== null && 'id' in item ? item.id : item;
  return typeof id === 'string' ? id : undefined;
}

/** Text is refused, too: its items would be its letters. */
function requireItems(items: unknown): void {
  if (typeof items === 'object' && items !== null && (Symbol.asyncIterator in items || Symbol.iterator in items))
    return;
  throw invalidArgument('items', 'items cannot be iterated: give an array or another iterable');
}
