import { fdatasync, fsync } from 'node:fs';
import { mkdir, open, rename, type FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';

import { LogFiles } from './log-files.ts';
import type { Output } from './output.ts';
import { readChain, type ChainEnd } from './read-chain.ts';
import { WriterLock } from './writer-lock.ts';

// By descriptor, because the file handles of Yarn's Plug'n'Play have neither `sync` nor `datasync`.
const sync = promisify(fsync);
const syncData = promisify(fdatasync);

/**
 * A file that is only ever appended to, so that it may be made append-only for this user, too: what a crash cut stays where it
 * is, and the next line tells of it.
 */
export class FileOutput implements Output {
  readonly #files: LogFiles;
  readonly #lock: WriterLock;
  readonly #maxBytes: number;
  #limit: number;
  #handle: FileHandle | undefined;
  #bytes = 0;
  #first = 1;
  #endsInLine = false;

  constructor(file: string, maxBytes: number) {
    this.#files = new LogFiles(file);
    this.#lock = new WriterLock(file);
    this.#maxBytes = maxBytes;
    this.#limit = maxBytes;
  }

  get full(): boolean {
    return this.#bytes >= this.#limit;
  }

  async open(): Promise<ChainEnd> {
    await mkdir(this.#files.directory, { recursive: true, mode: 0o700 });
    await this.#lock.acquire();
    try {
      await this.#openActive();
      const end = await readChain(this.#files.active);
      this.#endsInLine = !end.ended;
      const continued = end.head === undefined ? await this.#endBefore(end) : end;
      this.#first = continued.first;
      return continued;
    } catch (error) {
      await this.abandon();
      throw error;
    }
  }

  async append(lines: Uint8Array): Promise<void> {
    const handle = this.#opened;
    const bytes = this.#endsInLine ? Buffer.concat([Buffer.from('\n'), lines]) : lines;
    await handle.appendFile(bytes);
    this.#endsInLine = false;
    this.#bytes += bytes.length;
  }

  async sync(): Promise<void> {
    await syncData(this.#opened.fd);
  }

  async rotate(firstSequence: number): Promise<void> {
    const full = this.#opened;
    try {
      await rename(this.#files.active, this.#files.rotated(this.#first));
    } catch (error) {
      // It can go on where it is, and another time may do.
      this.#limit = this.#bytes + this.#maxBytes;
      throw error;
    }
    this.#limit = this.#maxBytes;
    this.#first = firstSequence;
    this.#handle = undefined;
    await full.close();
    await this.#openActive();
  }

  async abandon(): Promise<void> {
    await this.close().catch(() => undefined);
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    try {
      await handle?.close();
    } finally {
      await this.#lock.release();
    }
  }

  async #openActive(): Promise<void> {
    this.#handle = await open(this.#files.active, 'a', 0o600);
    this.#bytes = (await this.#handle.stat()).size;
    await this.#syncDirectory();
  }

  /** A file without a line continues the newest one that was rotated. */
  async #endBefore(active: ChainEnd): Promise<ChainEnd> {
    const newest = (await this.#files.listRotated()).at(-1);
    if (newest === undefined) return active;
    const { head, unsigned } = await readChain(newest);
    return { ...active, head, unsigned, first: (head?.sequence ?? 0) + 1 };
  }

  /** Names are durable only when their directory is. */
  async #syncDirectory(): Promise<void> {
    const directory = await open(this.#files.directory, 'r');
    try {
      await sync(directory.fd);
    } finally {
      await directory.close();
    }
  }

  get #opened(): FileHandle {
    if (this.#handle === undefined) throw new Error('the file of the audit log is not open');
    return this.#handle;
  }
}
