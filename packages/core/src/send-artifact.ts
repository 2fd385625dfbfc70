import { requireCapability, retained, type Conditions } from './conditions.ts';
import { tooLarge } from './content.ts';
import { contentOf } from './content-of.ts';
import { freshName, type Environment } from './environment.ts';
import { ArtifactError } from './errors.ts';
import { tidy } from './markers.ts';
import { checkMetadata } from './metadata-schema.ts';
import type { OperationOptions } from './operation.ts';
import { isArtifact, readRecordWithTail, requireTail, type StoredRecordWithTail } from './read-record.ts';
import { learned } from './reader.ts';
import { sealRecord, type ArtifactRecord, type VerifiedRecord } from './record.ts';
import type { Session } from './session.ts';
import { artifactSource } from './source.ts';
import { chunksFromSource } from './source-failure.ts';
import type { Storage } from './storage.ts';
import { expiryMarkerOf, Transaction } from './transaction.ts';
import type { UploadRequest } from './upload-options.ts';
import { upload } from './upload.ts';

type Artifact = StoredRecordWithTail<ArtifactRecord>;

/** What a record says beside where its content is and which writing of it this is. */
const carriedMembers = [
  'generation',
  'name',
  'contentType',
  'createdAt',
  'expiresAt',
  'retainUntil',
  'hold',
  'metadata',
] as const;

/** Whether two records are of the same content. */
export function hasSameContent(one: ArtifactRecord, other: ArtifactRecord): boolean {
  return one.checksumSha256 === other.checksumSha256 && one.sizeBytes === other.sizeBytes;
}

/** Whether two records say the same, and only lie at different places. */
export function isSameArtifact(one: ArtifactRecord, other: ArtifactRecord): boolean {
  return (
    hasSameContent(one, other) &&
    carriedMembers.every((member) => JSON.stringify(one[member]) === JSON.stringify(other[member]))
  );
}

/** Stores the verified content of `original` where `target` is, under a record that says the same as `statement`. */
export async function sendContent(
  reading: Storage,
  original: Artifact,
  target: Session,
  statement: ArtifactRecord,
  conditions: Conditions,
  restored: boolean,
  options: OperationOptions,
): Promise<VerifiedRecord<ArtifactRecord>> {
  const { id } = statement;
  return target.run('upload', id, options, async (writing, operation) => {
    const { sizeBytes } = original.record;
    const request = requestOf(statement, conditions, restored, writing.environment, {
      [Symbol.asyncIterator]: () => chunksFromSource(contentOf(reading, original, 0, sizeBytes)),
    });
    const transaction = await target.upkeep(writing, id);
    const stored = await transaction.run(() => upload(transaction, request));
    operation.bytes = sizeBytes;
    learned(operation, stored);
    return stored;
  });
}

/** An upload of what was stored before, with nothing of it left to choose. */
function requestOf(
  statement: ArtifactRecord,
  conditions: Conditions,
  restored: boolean,
  { limits, metadataSchema }: Environment,
  content: AsyncIterable<Uint8Array>,
): UploadRequest {
  const { id, name, contentType, expiresAt, retainUntil, hold, metadata, generation, createdAt } = statement;
  const { sizeBytes, checksumSha256 } = statement;
  if (sizeBytes > limits.maxSizeBytes) throw tooLarge(id, limits.maxSizeBytes);
  return {
    id,
    source: artifactSource(content, sizeBytes),
    conditions,
    name,
    contentType,
    metadata: checkMetadata(metadataSchema, metadata),
    expiresAt,
    retainUntil,
    hold,
    declaredSize: sizeBytes,
    expectedSha256: checksumSha256,
    onProgress: undefined,
    carried: { generation, createdAt, restored },
  };
}

/** Writes a record that says the same as `statement` over the content that is there, if it still has `revision`. */
export async function rewriteRecord(
  target: Session,
  statement: ArtifactRecord,
  revision: string,
  options: OperationOptions,
): Promise<VerifiedRecord<ArtifactRecord>> {
  const { id } = statement;
  return target.run('update', id, options, async (storage, operation) => {
    const { environment } = storage;
    const capabilities = await target.prepare(storage);
    requireCapability(capabilities, 'compareAndSwap', environment.backend.name, 'update');
    const current = await readRecordWithTail(storage, id);
    if (!isArtifact(current) || current.record.revision !== revision) throw changedMeanwhile(id);
    requireLooser(current.record, statement, environment.now());
    requireTail(current);
    checkMetadata(environment.metadataSchema, statement.metadata);
    const carried = Object.fromEntries(carriedMembers.map((member) => [member, statement[member]]));
    const record = { ...current.record, ...carried, revision: freshName(environment), replaces: revision };
    const sealed = await sealRecord(environment.keys, environment.scope, record, current.tail);
    await target.leaves(storage, id, revision);
    const transaction = new Transaction(storage, capabilities, id);
    if ((await transaction.replace(sealed, current, { leaving: undefined })) === 'lost') throw changedMeanwhile(id);
    await tidy(storage, [expiryMarkerOf(current)]);
    learned(operation, sealed);
    return sealed;
  });
}

/** A migration ends no protection that somebody gave the artifact at its destination. @throws `RETAINED` */
function requireLooser(there: ArtifactRecord, statement: ArtifactRecord, now: number): void {
  const { id, retainUntil = 0 } = there;
  if (there.hold === true && statement.hold !== true)
    throw retained(
      id,
      'held at its destination and no longer at its source: release it there by an update with hold: false',
    );
  if (retainUntil > now && (statement.retainUntil ?? 0) < retainUntil)
    throw retained(
      id,
      `retained until ${new Date(retainUntil).toISOString()} at its destination, longer than at its source`,
    );
}

function changedMeanwhile(id: string): ArtifactError {
  return new ArtifactError('SUPERSEDED', `artifact "${id}" was changed at its destination meanwhile`, {
    artifactId: id,
  });
}
