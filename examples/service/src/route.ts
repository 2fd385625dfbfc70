import { HttpError } from './answer.ts';
import type { ServiceOperation } from './authorize.ts';
import type { Exchange } from './exchange.ts';
import { get } from './get.ts';
import { list } from './list.ts';
import { put } from './put.ts';
import { remove } from './remove.ts';

export interface Route {
  readonly operation: ServiceOperation;
  readonly id: string;
  readonly query: URLSearchParams;
  readonly handle: (exchange: Exchange) => Promise<void>;
}

type Method = Pick<Route, 'operation' | 'handle'>;

const ofArtifact: Readonly<Record<string, Method>> = {
  GET: { operation: 'download', handle: get },
  HEAD: { operation: 'download', handle: get },
  PUT: { operation: 'upload', handle: put },
  DELETE: { operation: 'delete', handle: remove },
};
const ofListing: Readonly<Record<string, Method>> = { GET: { operation: 'list', handle: list } };

/**
 * What a request is about. The path is taken as it was sent: whatever would tidy it up would make another id of it.
 *
 * @throws `HttpError` 404 for another path, 400 for one that is not encoded well, 405 for a method that is not there
 */
export function routeOf(method: string, target: string): Route {
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  const query = new URLSearchParams(at < 0 ? '' : target.slice(at + 1));
  if (path === '/artifacts' || path === '/artifacts/')
    return { id: query.get('prefix') ?? '', query, ...methodOf(ofListing, method) };
  if (!path.startsWith('/artifacts/')) throw new HttpError(404, 'NOT_FOUND');
  return { id: decoded(path.slice('/artifacts/'.length)), query, ...methodOf(ofArtifact, method) };
}

function methodOf(methods: Readonly<Record<string, Method>>, method: string): Method {
  const found = Object.hasOwn(methods, method) ? methods[method] : undefined;
  if (found === undefined) throw new HttpError(405, 'METHOD_NOT_ALLOWED', { allow: Object.keys(methods).join(', ') });
  return found;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new HttpError(400, 'INVALID_ARGUMENT');
  }
}
