// The application's own metadata as a schema: checked before an upload, and typed and checked again when it is read.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';

import { ArtifactStore, hmacKeyring, invalidMetadata, isArtifactError } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { z } from 'zod';

const options = {
  backend: memoryBackend(),
  signing: hmacKeyring({ active: 'k1', keys: { k1: randomBytes(32) } }),
  audience: 'example',
};
const schema = z.object({
  author: z.string(),
  builtAt: z.iso.datetime().transform((text) => new Date(text)),
  tags: z.array(z.string()).default([]),
});
const store = new ArtifactStore({ ...options, metadataSchema: schema });

// Uploads take the schema's input, reads give its output: here a date and the default.
await store.upload('report', 'all is well', { metadata: { author: 'Ada', builtAt: '2026-01-01T00:00:00Z' } });
const found = await store.getMetadata('report');
const built: Date | undefined = found?.metadata.builtAt;
assert.equal(built?.getUTCFullYear(), 2026);
assert.deepEqual(found?.metadata.tags, []);

const invalid = { author: 'Ada', builtAt: 'yesterday' };
await assert.rejects(store.upload('report', 'x', { metadata: invalid }), (error) => {
  assert.ok(isArtifactError(error, 'METADATA_INVALID'));
  assert.equal(error.field, 'metadata.builtAt');
  // The values are not in the error, which may be logged, but beside it.
  assert.deepEqual(invalidMetadata(error)?.metadata, invalid);
  return true;
});

// What another program stored without the schema is reported, and hides nothing.
await new ArtifactStore(options).upload('legacy', 'x', { metadata: { by: 'Ada' } });
const page = await store.page();
assert.deepEqual(
  page.artifacts.map(({ id }) => id),
  ['report'],
);
assert.deepEqual(
  page.invalid.map(({ id, error }) => [id, error.code]),
  [['legacy', 'METADATA_INVALID']],
);
