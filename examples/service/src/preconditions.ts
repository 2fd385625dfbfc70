import type { IncomingMessage } from 'node:http';

import { isExpired, type ArtifactMetadata, type Conditions } from '@artifacts/core';

import { HttpError } from './answer.ts';
import { etagOf, etagsOf, matchesStrongly, matchesWeakly } from './etag.ts';
import type { Exchange } from './exchange.ts';

const failed = () => new HttpError(412, 'PRECONDITION_FAILED');

/**
 * What has to be true for a change, as a condition of the store, which looks at it in the same moment as it commits.
 *
 * @throws `HttpError` 412 where it is not true now
 */
export async function conditionsOf(exchange: Exchange): Promise<Conditions> {
  const { method, headers } = exchange.request;
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (ifMatch === undefined && ifNoneMatch === undefined) return {};
  // Create-only needs no look at what is there.
  if (method === 'PUT' && ifMatch === undefined && ifNoneMatch?.trim() === '*') return { ifGeneration: 0 };
  const current = await liveMetadata(exchange);
  const etag = current && etagOf(current);
  if (ifMatch !== undefined && !matchesStrongly(etagsOf(ifMatch), etag)) throw failed();
  if (ifNoneMatch !== undefined && matchesWeakly(etagsOf(ifNoneMatch), etag)) throw failed();
  return current === undefined ? { ifGeneration: 0 } : { ifRevision: current.revision };
}

/** @throws `HttpError` 412 when the client insists on another version */
export function requireMatch({ headers }: IncomingMessage, metadata: ArtifactMetadata): void {
  const { 'if-match': ifMatch } = headers;
  if (ifMatch !== undefined && !matchesStrongly(etagsOf(ifMatch), etagOf(metadata))) throw failed();
}

/** Whether the client has this version already. */
export function isKnown({ headers }: IncomingMessage, metadata: ArtifactMetadata): boolean {
  const { 'if-none-match': ifNoneMatch } = headers;
  return ifNoneMatch !== undefined && matchesWeakly(etagsOf(ifNoneMatch), etagOf(metadata));
}

/** Whether a range is wanted of this version; otherwise the client wants all of it. Dates never match: there are none here. */
export function wantsRange({ headers }: IncomingMessage, metadata: ArtifactMetadata): boolean {
  const { 'if-range': ifRange } = headers;
  return typeof ifRange !== 'string' || ifRange.trim() === etagOf(metadata);
}

async function liveMetadata({ store, id, context, now, signal }: Exchange): Promise<ArtifactMetadata | undefined> {
  const metadata = await store.getMetadata(id, { context, signal });
  return metadata === undefined || isExpired(metadata, now()) ? undefined : metadata;
}
