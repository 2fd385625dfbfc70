import type { IncomingMessage } from 'node:http';

import { isArtifactError } from '@artifacts/core';

import { answerJson, HttpError } from './answer.ts';
import { etagOf } from './etag.ts';
import type { Exchange } from './exchange.ts';
import { conditionsOf } from './preconditions.ts';

/** Stores the body. 201 for what was not there before, 200 for a new version. */
export async function put(exchange: Exchange): Promise<void> {
  const { store, request, response, context, id, signal } = exchange;
  const { 'content-length': length, 'content-type': contentType, 'content-range': part } = request.headers;
  // It would be stored as if it were the whole (RFC 9110, 14.4).
  if (part !== undefined) throw new HttpError(400, 'INVALID_ARGUMENT');
  const conditions = await conditionsOf(exchange);
  try {
    const metadata = await store.upload(id, bodyOf(exchange), {
      ...conditions,
      contentType,
      // More than may be stored is refused before a byte is read.
      size: length === undefined ? undefined : Number(length),
      context,
      signal,
    });
    const { generation, sizeBytes, checksumSha256 } = metadata;
    const status = generation === 1 ? 201 : 200;
    answerJson(response, status, { id, generation, sizeBytes, checksumSha256 }, { etag: etagOf(metadata) });
  } catch (error) {
    // It was the client who did not go on.
    if (isArtifactError(error, 'TIMEOUT') && !request.complete) throw new HttpError(408, 'TIMEOUT');
    throw error;
  }
}

/** The body, without an end of the connection when not all of it is read: the answer still has to reach the client. */
function bodyOf({ request, response }: Exchange): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      if (waitsToContinue(request)) response.writeContinue();
      return request.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array>;
    },
  };
}

function waitsToContinue({ headers }: IncomingMessage): boolean {
  return headers.expect?.toLowerCase() === '100-continue';
}
