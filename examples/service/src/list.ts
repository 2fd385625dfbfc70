import { answerJson } from './answer.ts';
import { etagOf } from './etag.ts';
import type { Exchange } from './exchange.ts';

/** One page of what begins with `prefix`, with the `cursor` of the next. */
export async function list({ store, response, query, context, id: prefix, signal }: Exchange): Promise<void> {
  const limit = query.get('limit') ?? undefined;
  const page = await store.page({
    prefix,
    limit: limit === undefined ? undefined : Number(limit),
    cursor: query.get('cursor') ?? undefined,
    context,
    signal,
  });
  const artifacts = page.artifacts.map((metadata) => {
    const { id, generation, sizeBytes, contentType, checksumSha256, createdAt, expiresAt } = metadata;
    return { id, etag: etagOf(metadata), generation, sizeBytes, contentType, checksumSha256, createdAt, expiresAt };
  });
  // A record that does not verify hides no other, and is no secret to those who may list.
  const invalid = page.invalid.map(({ id, error: { code } }) => ({ id, code }));
  answerJson(response, 200, { artifacts, invalid, cursor: page.cursor });
}
