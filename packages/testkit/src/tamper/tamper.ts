import { type ArtifactBackend, ArtifactError } from '@artifacts/core';

import { findStored, type StoredArtifact, type StoredObject } from './stored-artifact.ts';

/** An artifact as it was, to roll back to. */
export interface ArtifactSnapshot {
  readonly id: string;
  readonly objects: readonly StoredObject[];
}

/** What somebody does who can write to the storage, and has no key. */
export type Tampering = {
  /** The namespace of the artifact, where it has one. */
  readonly namespace?: string | undefined;
} &
  /** Flips the lowest bit of a byte of the signed record. */
  (
    | { readonly how: 'flipRecord'; readonly atByte?: number | undefined }
    /** Flips the lowest bit of a byte of the content, wherever that lies. */
    | { readonly how: 'flipContent'; readonly atByte?: number | undefined }
    /** Removes the content, and leaves the record. */
    | { readonly how: 'dropContent' }
    /** Puts the record of another artifact in the place of this one's, and this one's in the place of that. */
    | { readonly how: 'swap'; readonly with: string }
    /** Puts back what there was when the snapshot was taken. */
    | { readonly how: 'rollBack'; readonly to: ArtifactSnapshot }
  );

/**
 * Alters an artifact at rest, past its store: for tests that see an application refuse what was tampered with. By default it
 * flips a bit of the first byte of the content. Uses the methods of `backend` only, and knows no key.
 *
 * @throws `NOT_FOUND` when there is no such artifact, `INVALID_ARGUMENT` when it has no such byte or no content
 */
export async function tamper(
  backend: ArtifactBackend,
  id: string,
  tampering: Tampering = { how: 'flipContent' },
): Promise<void> {
  if (tampering.how === 'rollBack') return restore(backend, tampering.to);
  const stored = await findStored(backend, id, tampering.namespace);
  const { record, content, tail } = stored;
  switch (tampering.how) {
    case 'flipRecord':
      return write(backend, flipped(record, tampering.atByte ?? 0, 0, tail));
    case 'flipContent':
      return write(backend, flippedContent(stored, tampering.atByte ?? 0));
    case 'dropContent':
      if (content !== undefined) return backend.delete(content.key);
      if (tail === record.bytes.length) throw refused('how', 'the artifact has no content to drop');
      return write(backend, { ...record, bytes: record.bytes.subarray(0, tail) });
    case 'swap': {
      const other = await findStored(backend, tampering.with, tampering.namespace);
      await write(backend, { key: record.key, bytes: other.record.bytes });
      return write(backend, { key: other.record.key, bytes: record.bytes });
    }
    default:
      throw refused('how', 'there is flipRecord, flipContent, dropContent, swap and rollBack');
  }
}

/** What is stored of an artifact now, for `tamper` to roll back to. @throws as `tamper` does */
export async function snapshotOf(
  backend: ArtifactBackend,
  id: string,
  { namespace }: { readonly namespace?: string | undefined } = {},
): Promise<ArtifactSnapshot> {
  const { record, content } = await findStored(backend, id, namespace);
  return { id, objects: content === undefined ? [record] : [content, record] };
}

async function restore(backend: ArtifactBackend, { objects }: ArtifactSnapshot): Promise<void> {
  for (const object of objects) await write(backend, object);
}

async function write(backend: ArtifactBackend, { key, bytes }: StoredObject): Promise<void> {
  await backend.write(key, bytes);
}

function flippedContent({ record, content, tail }: StoredArtifact, at: number): StoredObject {
  return content === undefined
    ? flipped(record, at, tail, record.bytes.length)
    : flipped(content, at, 0, content.bytes.length);
}

/** Of the bytes `[start, end)` the one at `at`. */
function flipped({ key, bytes }: StoredObject, at: number, start: number, end: number): StoredObject {
  if (!Number.isSafeInteger(at) || at < 0 || start + at >= end) {
    throw refused('atByte', `there is no byte ${at} in the ${end - start} that there are`);
  }
  const changed = Uint8Array.from(bytes);
  changed[start + at] = (bytes[start + at] ?? 0) ^ 1;
  return { key, bytes: changed };
}

function refused(field: string, problem: string): ArtifactError {
  return new ArtifactError('INVALID_ARGUMENT', problem, { field });
}
