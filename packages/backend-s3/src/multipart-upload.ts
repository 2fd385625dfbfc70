import { createHash } from 'node:crypto';

import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { ArtifactError, type Written } from '@artifacts/core';

import { abortable } from './abort.ts';
import { call, oneAttempt } from './call.ts';
import { headObject } from './get.ts';
import { locate } from './keys.ts';
import type { Medium } from './medium.ts';
import type { ObjectLock } from './object-lock.ts';
import { patiently } from './patiently.ts';
import { contentMd5 } from './put.ts';
import { S3Failure } from './s3-failure.ts';
import { tidied } from './tidying.ts';
import { versionOf } from './versions.ts';

/** One multipart upload, until it is completed or abandoned. */
export class MultipartUpload {
  readonly #medium: Medium;
  readonly #key: string;
  readonly #id: string;
  readonly #signal: AbortSignal | undefined;
  readonly #left = new AbortController();
  readonly #stop = (): void => this.#left.abort(this.#signal?.reason);
  readonly #parts: CompletedPart[] = [];

  /** @throws an `S3Failure` */
  static async create(
    medium: Medium,
    key: string,
    lock: ObjectLock | undefined,
    signal: AbortSignal | undefined,
  ): Promise<MultipartUpload> {
    const command = new CreateMultipartUploadCommand({ ...locate(medium, key), ...lock });
    // Not ended by an abort: what was created then has to be abandoned, and for that its id is needed.
    const creating = call(undefined, (options) => medium.client.send(oneAttempt(command), options));
    const upload = creating.then(({ UploadId }) => {
      if (UploadId === undefined) throw new ArtifactError('BACKEND', 'the server gave no id for an upload');
      return new MultipartUpload(medium, key, UploadId, signal);
    });
    try {
      return await abortable(signal, () => upload);
    } catch (error) {
      const abandoned = upload.then((late) => late.abandon(Promise.resolve()).finally(() => late.forget()));
      void abandoned.catch(() => undefined);
      throw error;
    }
  }

  private constructor(medium: Medium, key: string, id: string, signal: AbortSignal | undefined) {
    this.#medium = medium;
    this.#key = key;
    this.#id = id;
    this.#signal = signal;
    medium.uploads.add(id);
    signal?.addEventListener('abort', this.#stop, { once: true });
  }

  /** Uploads a part, again when that failed for a reason that passes. Numbers begin with 1. */
  async uploadPart(number: number, bytes: Uint8Array): Promise<void> {
    const { client } = this.#medium;
    const input = { ...this.#address(), PartNumber: number, Body: bytes, ContentLength: bytes.length };
    const checked = { ...input, ContentMD5: contentMd5(this.#medium, bytes) };
    const part = await patiently(this.#medium, this.#left.signal, () =>
      call(this.#left.signal, (options) => client.send(oneAttempt(new UploadPartCommand(checked)), options)),
    );
    this.#parts[number - 1] = {
      PartNumber: number,
      ETag: part.ETag,
      // Whoever began an upload with checksums has to repeat them.
      ...(part.ChecksumCRC32 !== undefined && { ChecksumCRC32: part.ChecksumCRC32 }),
      ...(part.ChecksumCRC64NVME !== undefined && { ChecksumCRC64NVME: part.ChecksumCRC64NVME }),
    };
  }

  /** Makes the parts one object. Repeating it is harmless, so an answer that was lost is asked for again. */
  async complete(size: number): Promise<Written> {
    const { client } = this.#medium;
    const input = { ...this.#address(), MultipartUpload: { Parts: this.#parts } };
    let lost = false;
    try {
      const { ETag } = await patiently(
        this.#medium,
        this.#signal,
        () =>
          call(this.#signal, (options) => client.send(oneAttempt(new CompleteMultipartUploadCommand(input)), options)),
        () => {
          lost = true;
        },
      );
      // Ceph 16 leaves it empty the first time.
      if (ETag === undefined || ETag === '') return await this.#find(size);
      return { key: this.#key, size, version: versionOf(ETag, size) };
    } catch (error) {
      // The upload is gone: either by our own first request, or because somebody discarded it.
      if (!lost || !(error instanceof S3Failure) || error.status !== 404) throw error;
      return this.#find(size, error);
    }
  }

  async #find(size: number, cause?: S3Failure): Promise<Written> {
    const find = () => headObject(this.#medium, this.#key, this.#signal);
    const { version } = await patiently(this.#medium, this.#signal, find);
    if (version === versionOf(this.#expectedETag(), size)) return { key: this.#key, size, version };
    throw new ArtifactError('OUTCOME_UNKNOWN', `the object at "${this.#key}" may or may not have been written`, {
      cause,
    });
  }

  /** The MD5 of the parts' MD5s, and their number: what every server says that encrypts with no key of its own. */
  #expectedETag(): string {
    const digests = this.#parts.map(({ ETag }) => Buffer.from(ETag?.replaceAll('"', '') ?? '', 'hex'));
    return `${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${digests.length}`;
  }

  /**
   * Ends the parts in flight and has the server drop what it has. A part that arrives afterwards would stay, so it is
   * dropped twice. What the server does not drop now, `discardUnfinished` finds. Never rejects.
   */
  async abandon(parts: Promise<unknown>): Promise<void> {
    this.#left.abort(new Error('the upload was given up'));
    await tidied(this.#signal, (signal) => parts.then(() => this.#drop(signal)));
  }

  async #drop(signal: AbortSignal): Promise<void> {
    const { client, pause } = this.#medium;
    try {
      for (let time = 1; time <= 2; time += 1) {
        await patiently(this.#medium, signal, () =>
          call(signal, (options) => client.send(oneAttempt(new AbortMultipartUploadCommand(this.#address())), options)),
        );
        await pause(5, signal);
      }
    } catch (error) {
      if (!(error instanceof S3Failure) || error.status !== 404) throw error;
    }
  }

  /** Nothing of the upload is needed any more. */
  forget(): void {
    this.#medium.uploads.delete(this.#id);
    this.#signal?.removeEventListener('abort', this.#stop);
  }

  #address() {
    return { ...locate(this.#medium, this.#key), UploadId: this.#id };
  }
}
