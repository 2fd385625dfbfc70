import { createHash, randomBytes } from 'node:crypto';
import { signedRequest } from '../s3/signed-request.mjs';

/**
 * What a server answers to single requests: facts for people, from which nothing is concluded. Capabilities are probed by the
 * backend.
 *
 * @returns {Promise<Record<string, string>>} The HTTP status by what was asked.
 */
export async function observe(server) {
  const path = `/${server.bucket}/compatibility-${randomBytes(8).toString('hex')}`;
  const ask = (method, headers) =>
    signedRequest(method, path, server, { headers, body: method === 'PUT' ? randomBytes(16).toString('hex') : '' });
  /** The ETag of an object that was written just now. */
  const written = async () => {
    const { status } = await ask('PUT');
    if (status !== 200) throw new Error(`the server answers ${status} when it is to store an object`);
    return (await ask('HEAD')).etag ?? '""';
  };
  const put = async (headers) => String((await ask('PUT', headers)).status);
  const otherBytes = (algorithm) => createHash(algorithm).update('other bytes');
  const stale = await written();
  try {
    return {
      '`PUT` over an object, `If-None-Match: *`': await put({ 'if-none-match': '*' }),
      '`PUT` with its ETag in `If-Match`, quoted': await put({ 'if-match': await written() }),
      '`PUT` with its ETag in `If-Match`, unquoted': await put({ 'if-match': (await written()).replaceAll('"', '') }),
      '`PUT` with another ETag in `If-Match`': await put({ 'if-match': stale }),
      '`DELETE` with another ETag in `If-Match`': await deletion(await ask('DELETE', { 'if-match': stale }), ask),
      '`PUT` whose `x-amz-content-sha256` is wrong': await put({
        'x-amz-content-sha256': otherBytes('sha256').digest('hex'),
      }),
      '`PUT` whose `content-md5` is wrong': await put({ 'content-md5': otherBytes('md5').digest('base64') }),
      '`PUT` whose `x-amz-checksum-crc32` is wrong': await put({
        'x-amz-checksum-crc32': 'AAAAAA==',
        'x-amz-sdk-checksum-algorithm': 'CRC32',
      }),
    };
  } finally {
    await ask('DELETE');
  }
}

/** Both tell of success whether or not there was something to delete, so only looking tells. */
async function deletion({ status }, ask) {
  return `${status}, ${(await ask('HEAD')).status === 404 ? 'deleted' : 'kept'}`;
}
