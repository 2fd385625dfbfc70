import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';

import { ArtifactError, isExpired, type ArtifactMetadata, type Download } from '@artifacts/core';

import { byteRangeOf } from './byte-range.ts';
import { etagOf } from './etag.ts';
import type { Exchange } from './exchange.ts';
import { isKnown, requireMatch, wantsRange } from './preconditions.ts';

/** An artifact may be replaced at any time, and whoever asks again costs one request of the storage. */
const caching = 'private, no-cache';

/** Sends an artifact, or one range of it, or to HEAD its headers. Whatever is sent was verified. */
export async function get(exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  if (!isConditional(request)) {
    await send(exchange, true);
    return;
  }
  const metadata = await metadataOf(exchange);
  requireMatch(request, metadata);
  if (isKnown(request, metadata)) response.writeHead(304, { etag: etagOf(metadata), 'cache-control': caching }).end();
  else if (request.method === 'HEAD')
    response.writeHead(200, { ...headersOf(metadata), 'content-length': metadata.sizeBytes }).end();
  else await send(exchange, wantsRange(request, metadata));
}

async function send({ store, request, response, context, id, signal }: Exchange, ranged: boolean): Promise<void> {
  const asked = ranged ? byteRangeOf(request.headers.range) : undefined;
  let download: Download = await store.download(id, { range: asked, context, signal });
  // It may have been replaced since its metadata were looked at.
  requireMatch(request, download.metadata);
  const range = asked !== undefined && wantsRange(request, download.metadata) ? download.range : undefined;
  if (asked !== undefined && range === undefined) download = download.slice({ start: 0 });
  const { start, end, size } = download.range;
  if (range !== undefined && start === end) throw unsatisfiable(size);
  response.writeHead(range === undefined ? 200 : 206, {
    ...headersOf(download.metadata),
    ...(range !== undefined && { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
    'content-length': end - start,
  });
  // A failure on the way ends the connection: fewer bytes than announced are no artifact. So does a client who leaves.
  await pipeline(download, response);
}

function isConditional({ headers, method }: IncomingMessage): boolean {
  return method === 'HEAD' || ['if-match', 'if-none-match', 'if-range'].some((name) => headers[name] !== undefined);
}

/** @throws `NOT_FOUND`, `EXPIRED`, as a download */
async function metadataOf({ store, context, id, now, signal }: Exchange): Promise<ArtifactMetadata> {
  const metadata = await store.getMetadata(id, { context, signal });
  if (metadata === undefined) throw new ArtifactError('NOT_FOUND', 'there is no such artifact', { artifactId: id });
  if (isExpired(metadata, now())) throw new ArtifactError('EXPIRED', 'the artifact has expired', { artifactId: id });
  return metadata;
}

/** The range is of no byte, which the store allows and HTTP cannot say. */
function unsatisfiable(sizeBytes: number): ArtifactError {
  return new ArtifactError('INVALID_ARGUMENT', 'the range has no byte', { field: 'range', sizeBytes });
}

/** So that no browser shows or runs what strangers have stored. */
function headersOf(metadata: ArtifactMetadata): Record<string, string> {
  return {
    'content-type': metadata.contentType,
    'content-disposition': `attachment; filename*=UTF-8''${percentEncoded(metadata.name)}`,
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
    'cache-control': caching,
    etag: etagOf(metadata),
    'repr-digest': `sha-256=:${Buffer.from(metadata.checksumSha256, 'hex').toString('base64')}:`,
  };
}

/** As RFC 8187 wants it, which allows less than `encodeURIComponent` does. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
