import { hash } from 'node:crypto';

import type { BackendCapabilities } from './backend.ts';
import { chunkSizeFor } from './chunks.ts';
import { isPast, judgeConditions, judgeRetention, liveRecord, requireCapability } from './conditions.ts';
import { BoundedSource, ContentStream, requireExpected, type ContentExpectations } from './content.ts';
import { freshName } from './environment.ts';
import { unsettled } from './commit.ts';
import { ArtifactError, invalidArgument, isArtifactError } from './errors.ts';
import { contentKey, recordKey } from './layout.ts';
import { tidy } from './markers.ts';
import { isArtifact, readRecord, type StoredRecord } from './read-record.ts';
import { contentRevision, sealRecord } from './record.ts';
import type { ArtifactRecord, ContentReference, SealedRecord, VerifiedRecord } from './record.ts';
import { progressTo } from './progress.ts';
import { isPassing, mayHaveBeenApplied } from './storage.ts';
import { sealTombstone } from './tombstone.ts';
import { expiryMarkerOf, type Transaction } from './transaction.ts';
import type { UploadRequest } from './upload-options.ts';

const maxContentAttempts = 3;

/** Content that is ready for a record to name it: either the tail itself or an object of its own. */
interface StoredContent {
  readonly reference: ContentReference;
  readonly tail: Uint8Array;
  readonly sizeBytes: number;
  readonly checksumSha256: string;
  /** Where it lies, and the marker that leads to it. None when it is inline. */
  readonly object?: { readonly key: string; readonly marker: string };
}

/**
 * Stores one version of an artifact (format: Upload). Content first, under a name that is never used again; the record
 * is the commit point.
 */
export async function upload(
  transaction: Transaction,
  request: UploadRequest,
): Promise<VerifiedRecord<ArtifactRecord>> {
  return new Upload(transaction, request).run();
}

class Upload {
  readonly #transaction: Transaction;
  readonly #request: UploadRequest;

  constructor(transaction: Transaction, request: UploadRequest) {
    this.#transaction = transaction;
    this.#request = request;
  }

  async run(): Promise<VerifiedRecord<ArtifactRecord>> {
    this.#requireCapabilities();
    const source = this.#openSource();
    try {
      const whole = await source.readWhole(this.#transaction.environment.limits.inlineBytes);
      const current = await this.#admit(whole);
      const content = whole === undefined ? await this.#storeContent(source) : this.#inline(whole);
      try {
        return await this.#commit(content, current);
      } catch (error) {
        if (!this.#transaction.mayBeNamed)
          await tidy(this.#transaction.storage, [content.object?.key, content.object?.marker]);
        throw error;
      }
    } finally {
      source.close();
    }
  }

  /** Gives what has to be known of what is there, once there is room for the new version. */
  async #admit(whole: Uint8Array | undefined): Promise<StoredRecord | undefined> {
    const current = this.#mustRead(whole === undefined) ? await this.#readCurrent() : undefined;
    const { allowance } = this.#transaction;
    if (allowance === undefined) return current;
    return allowance.admit(whole?.length ?? this.#request.declaredSize, current, () => this.#readCurrent());
  }

  /** Whether the record has to be known before anything is written. A new id is simply created. */
  #mustRead(large: boolean): boolean {
    const { ifGeneration, ifRevision } = this.#request.conditions;
    const conditional = ifGeneration !== undefined || ifRevision !== undefined;
    // A large upload that is bound to fail should fail before its content is sent.
    return !this.#transaction.capabilities.createIfAbsent || (conditional && (large || ifGeneration !== 0));
  }

  /** Commits a record over what is there, and starts over when somebody else was faster. */
  async #commit(content: StoredContent, found: StoredRecord | undefined): Promise<VerifiedRecord<ArtifactRecord>> {
    let current = found;
    const attempt = async (): Promise<VerifiedRecord<ArtifactRecord> | 'lost'> => {
      const sealed = await this.#seal(content, current);
      const leaving = isArtifact(current) ? contentRevision(current.record) : undefined;
      const result = await this.#transaction.replace(sealed, current, { leaving });
      if (result === 'lost') return result;
      await this.#settle(content, sealed.record, result.version, current);
      return sealed;
    };
    if (current === undefined) {
      const created = await attempt();
      if (created !== 'lost') return created;
      // To find the id taken is no race yet: nothing had been read.
      current = await this.#readCurrent();
    }
    return this.#transaction.untilWon(async (race) => {
      if (race > 1) current = await this.#readCurrent();
      return attempt();
    });
  }

  /** After the commit. The answer may have come so late that a sweep was faster. */
  async #settle(
    content: StoredContent,
    record: ArtifactRecord,
    version: string,
    replaced: StoredRecord | undefined,
  ): Promise<void> {
    const { storage, capabilities, markers } = this.#transaction;
    if (markers.late && content.object !== undefined) await this.#requireContent(content.object.key, record, version);
    // Without compare-and-swap another writer may not have seen this record; the sweep judges the content then.
    const marker = capabilities.compareAndSwap ? content.object?.marker : undefined;
    await tidy(storage, [expiryMarkerOf(replaced), marker]);
  }

  async #requireContent(key: string, record: ArtifactRecord, version: string): Promise<void> {
    const { storage } = this.#transaction;
    try {
      if ((await storage.get(key, 0)) !== undefined) return;
      await this.#withdraw(record, version);
    } catch (error) {
      throw unsettled(storage, record, error);
    }
    throw new ArtifactError(
      'TIMEOUT',
      `artifact "${record.id}" was committed so late that its content had been swept`,
      { artifactId: record.id },
    );
  }

  /** Takes back a record whose content is gone. Its pending marker stays, and leads the sweep to a tombstone. */
  async #withdraw(record: ArtifactRecord, version: string): Promise<void> {
    const { storage, environment, capabilities } = this.#transaction;
    const key = recordKey(record.id);
    try {
      if (capabilities.conditionalDelete) await storage.delete(key, version);
      else if (capabilities.compareAndSwap) {
        const { bytes } = await sealTombstone(environment, record);
        await storage.putOnce(key, bytes, { version });
      }
      this.#transaction.allowance?.withdrawn();
    } catch (error) {
      // Somebody has replaced it already.
      if (!isArtifactError(error, 'PRECONDITION_FAILED')) throw error;
    }
  }

  /** Stores large content; what can be opened again is sent again after a passing failure, under a new name. */
  async #storeContent(first: BoundedSource): Promise<StoredContent> {
    let source = first;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#sendContent(source);
      } catch (error) {
        if (!this.#request.source.reusable || attempt === maxContentAttempts || !isPassing(error)) throw error;
      } finally {
        source.close();
      }
      await this.#transaction.storage.pause(attempt);
      source = this.#openSource();
    }
  }

  async #sendContent(source: BoundedSource): Promise<StoredContent> {
    const { storage, environment, markers } = this.#transaction;
    const { id, declaredSize } = this.#request;
    const maxSize = environment.limits.maxSizeBytes;
    const revision = freshName(environment);
    const key = contentKey(id, revision);
    const marker = await markers.pending(revision);
    const chunkSize = chunkSizeFor(declaredSize ?? maxSize);
    const stream = new ContentStream(source, chunkSize, this.#transaction.allowance);
    try {
      const bounds = { size: declaredSize, maxSize };
      const written = await storage.stream(key, (call) => stream.body(call), bounds, this.#request.retainUntil);
      const { sizeBytes, checksumSha256, chunkList } = await stream.measured();
      if (written.size !== sizeBytes) throw storedShort(written.size, sizeBytes);
      requireExpected(this.#expectations, checksumSha256);
      await this.#transaction.allowance?.complete(sizeBytes);
      const chunksSha256 = hash('sha256', chunkList);
      return {
        reference: { key, chunkSize, chunksSha256 },
        tail: chunkList,
        sizeBytes,
        checksumSha256,
        object: { key, marker },
      };
    } catch (error) {
      stream.stop();
      // What may still arrive after a lost answer is left to the sweep, which the marker leads to it.
      const certain = !stream.complete || !mayHaveBeenApplied(error);
      await tidy(storage, [key, certain ? marker : undefined]);
      throw error;
    }
  }

  #inline(bytes: Uint8Array): StoredContent {
    const checksumSha256 = hash('sha256', bytes);
    requireExpected(this.#expectations, checksumSha256);
    return { reference: { inline: true }, tail: bytes, sizeBytes: bytes.length, checksumSha256 };
  }

  async #seal(content: StoredContent, current: StoredRecord | undefined): Promise<SealedRecord<ArtifactRecord>> {
    const { id, name, contentType, expiresAt, retainUntil, hold, metadata } = this.#request;
    const { carried } = this.#request;
    const { environment, allowance } = this.#transaction;
    const revision = (await allowance?.revisionOver(current)) ?? freshName(environment);
    const now = environment.now();
    if (carried === undefined && isPast(expiresAt, now))
      throw invalidArgument('expiresAt', `expiresAt ${expiresAt} passed before the artifact was stored`);
    const record: ArtifactRecord = {
      id,
      generation: carried?.generation ?? (liveRecord(current, now)?.generation ?? 0) + 1,
      revision,
      replaces: current?.record.revision,
      name,
      contentType,
      sizeBytes: content.sizeBytes,
      checksumSha256: content.checksumSha256,
      createdAt: carried?.createdAt ?? now,
      expiresAt,
      retainUntil,
      hold,
      metadata: metadata.stored,
      content: content.reference,
    };
    return sealRecord(environment.keys, environment.scope, record, content.tail);
  }

  /** What is there now, when the upload may replace it. */
  async #readCurrent(): Promise<StoredRecord | undefined> {
    const { storage, environment } = this.#transaction;
    const { id, conditions, carried } = this.#request;
    const current = await readRecord(storage, id);
    const now = environment.now();
    if (carried?.restored !== true) judgeRetention(id, current, now);
    // What is restored may have expired and be held.
    const restored = carried?.restored === true && isArtifact(current) ? current.record : undefined;
    judgeConditions(id, conditions, restored ?? liveRecord(current, now));
    // Create-only over an expired record is a swap; doing it without one could replace somebody's new artifact.
    if (current !== undefined && conditions.ifGeneration === 0) this.#require('compareAndSwap', 'ifGeneration');
    return current;
  }

  #requireCapabilities(): void {
    const { conditions, retainUntil, hold } = this.#request;
    if (conditions.ifGeneration === 0) this.#require('createIfAbsent', 'ifGeneration');
    else if (conditions.ifGeneration !== undefined) this.#require('compareAndSwap', 'ifGeneration');
    if (conditions.ifRevision !== undefined) this.#require('compareAndSwap', 'ifRevision');
    if (retainUntil !== undefined) this.#require('compareAndSwap', 'retainUntil');
    if (hold !== undefined) this.#require('compareAndSwap', 'hold');
  }

  #require(capability: keyof BackendCapabilities, field: string): void {
    const { capabilities, environment } = this.#transaction;
    requireCapability(capabilities, capability, environment.backend.name, field);
  }

  #openSource(): BoundedSource {
    const { storage, environment } = this.#transaction;
    return new BoundedSource(
      this.#request.source.open(),
      storage.lifetime,
      environment.limits.idleTimeoutMs,
      this.#expectations,
      this.#progress(),
    );
  }

  #progress(): (bytes: number) => void {
    const { storage, environment } = this.#transaction;
    const { onProgress, declaredSize: total } = this.#request;
    const tell = progressTo(environment.observers, onProgress, total);
    return (bytes) => {
      storage.countTaken(bytes);
      tell(bytes);
    };
  }

  get #expectations(): ContentExpectations {
    const { id, declaredSize, expectedSha256 } = this.#request;
    return { id, declaredSize, expectedSha256, maxSizeBytes: this.#transaction.environment.limits.maxSizeBytes };
  }
}

function storedShort(found: number, expected: number): ArtifactError {
  return new ArtifactError('BACKEND', `backend stored ${found} of ${expected} bytes`, { expected, found });
}
