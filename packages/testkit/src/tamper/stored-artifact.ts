import { type ArtifactBackend, ArtifactError, namespacePrefix, recordKey } from '@artifacts/core';

import { collect } from '../support/expect.ts';

/** An object at rest. */
export interface StoredObject {
  readonly key: string;
  readonly bytes: Uint8Array;
}

/** An artifact as it lies in the storage. Nothing of it is verified. */
export interface StoredArtifact {
  readonly record: StoredObject;
  /** Where the record's line ends and its tail begins. */
  readonly tail: number;
  /** The object with the content, unless that is in the tail. */
  readonly content?: StoredObject | undefined;
}

/** @throws `NOT_FOUND` when there is no record, or no content where it says, `INVALID_ARGUMENT` when it is no record */
export async function findStored(
  backend: ArtifactBackend,
  id: string,
  namespace: string | undefined,
): Promise<StoredArtifact> {
  const prefix = namespace === undefined ? '' : namespacePrefix(namespace);
  const record = await objectAt(backend, prefix + recordKey(id), id);
  const tail = record.bytes.indexOf(0x0a) + 1;
  const contentKey = contentKeyIn(record.bytes.subarray(0, tail), id);
  const content = contentKey === undefined ? undefined : await objectAt(backend, prefix + contentKey, id);
  return { record, tail, content };
}

async function objectAt(backend: ArtifactBackend, key: string, id: string): Promise<StoredObject> {
  const result = await backend.read(key);
  if (result.status === 'found') return { key, bytes: Uint8Array.from(await collect(result.body)) };
  throw new ArtifactError('NOT_FOUND', `there is nothing at "${key}" to tamper with`, { artifactId: id });
}

/** What the record says of its content, unverified. Inline content has no key, a tombstone no content. */
function contentKeyIn(line: Uint8Array, id: string): string | undefined {
  try {
    const { payload } = JSON.parse(Buffer.from(line).toString()) as { payload: string };
    const { content } = JSON.parse(Buffer.from(payload, 'base64').toString()) as { content?: { key?: string } };
    return content?.key;
  } catch {
    // Without its cause, which quotes what is stored.
    throw new ArtifactError(
      'INVALID_ARGUMENT',
      `what is stored of "${id}" is no record, so it was tampered with before`,
      {
        artifactId: id,
        field: 'id',
      },
    );
  }
}
