import { HttpError } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { conditionsOf } from './preconditions.ts';

/** Deletes an artifact; 404 when there was none. */
export async function remove(exchange: Exchange): Promise<void> {
  const { store, response, context, id, signal } = exchange;
  const { ifRevision, ifGeneration } = await conditionsOf(exchange);
  if (ifGeneration === 0 || !(await store.delete(id, { ifRevision, context, signal })))
    throw new HttpError(404, 'NOT_FOUND');
  response.writeHead(204).end();
}
