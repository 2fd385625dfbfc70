import { randomBytes } from 'node:crypto';
import { fsync } from 'node:fs';
import { constants, link, lstat, open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

import { unlessAborted } from './abort.ts';
import { ArtifactError, invalidArgument } from './errors.ts';
import { problemOfInteger, requireField } from './fields.ts';
import { saveFailure, systemCode, unsyncedName } from './file-failures.ts';
import { absolutePath } from './file-path.ts';
import { hearFailures, Iteration } from './iteration.ts';

/** By descriptor, because the file handles of Yarn's Plug'n'Play have no `sync`. */
const sync = promisify(fsync);

export interface SaveOptions {
  /** Whether a file that is there may be replaced; by default it may. With `false` it never is, whoever writes meanwhile. */
  readonly overwrite?: boolean | undefined;
  /** The permissions of the file, less the umask of this process; by default 0o666. Those of a replaced file are not kept. */
  readonly mode?: number | undefined;
  /** An abort rejects with the signal's reason, also while the download stalls, closes it, and leaves what was there. */
  readonly signal?: AbortSignal | undefined;
}

/** What was saved. */
export interface SavedFile {
  readonly sizeBytes: number;
}

/**
 * Saves a download to a file, all or nothing: its bytes go to a temporary file in the same directory, which takes the name when
 * all of them are there and on the disk. When this resolves, the file survives the loss of power; when it rejects, what was
 * there is still there. A symbolic link at the path is replaced, never followed. Only a process that is killed leaves its
 * temporary file, `.artifact-<random>.tmp`.
 *
 * The download is read once, and closed when this rejects on the way; what is refused before it is read stays open. What the
 * download throws while it is read is passed on as it is.
 *
 * @throws `INVALID_ARGUMENT` with the field, `ALREADY_EXISTS` without `overwrite`, `ACCESS_DENIED`, `QUOTA_EXCEEDED` on a full disk,
 * `TOO_LARGE` for the file system, `UNAVAILABLE` without descriptors or memory, and `BACKEND` for every other failure of the file
 * system, which says when the file has its name all the same
 */
export async function saveTo(
  download: AsyncIterable<Uint8Array>,
  path: string | URL,
  options: SaveOptions = {},
): Promise<SavedFile> {
  const target = absolutePath(path);
  const { overwrite = true, mode = 0o666, signal } = options;
  requireField('overwrite', overwrite, typeof overwrite === 'boolean' ? undefined : 'is not a boolean');
  requireField('mode', mode, problemOfInteger(mode, 0, 0o777));
  if (typeof download?.[Symbol.asyncIterator] !== 'function')
    throw invalidArgument('download', 'download has no bytes to iterate: give what store.download resolves to');
  signal?.throwIfAborted();
  hearFailures(download);
  return new Saving(download, target, { overwrite, mode, signal }).run();
}

interface Settings {
  readonly overwrite: boolean;
  readonly mode: number;
  readonly signal: AbortSignal | undefined;
}

class Saving {
  readonly #download: AsyncIterable<Uint8Array>;
  readonly #target: string;
  readonly #temporary: string;
  readonly #settings: Settings;

  constructor(download: AsyncIterable<Uint8Array>, target: string, settings: Settings) {
    this.#download = download;
    this.#target = target;
    this.#temporary = join(dirname(target), `.artifact-${randomBytes(16).toString('hex')}.tmp`);
    this.#settings = settings;
  }

  async run(): Promise<SavedFile> {
    // Opened first, so that a directory that cannot be synced is met before anything was done.
    const flags = constants.O_RDONLY | constants.O_DIRECTORY;
    const directory = await this.#call(() => open(dirname(this.#target), flags));
    try {
      await this.#requirePlace();
      const sizeBytes = await this.#put();
      await sync(directory.fd).catch((cause: unknown) => {
        throw unsyncedName(this.#target, cause);
      });
      return { sizeBytes };
    } finally {
      await directory.close();
    }
  }

  /** Looks before the download is read. What comes later is met by `link`. */
  async #requirePlace(): Promise<void> {
    const found = await this.#call(() => lstat(this.#target).catch(unlessAbsent));
    if (found === undefined) return;
    const path = JSON.stringify(this.#target);
    if (!this.#settings.overwrite) throw new ArtifactError('ALREADY_EXISTS', `could not save to ${path}: it exists`);
    // A rename would replace a device or a socket, too.
    if (!found.isFile() && !found.isSymbolicLink())
      throw invalidArgument('path', `could not save to ${path}: what is there is no regular file, give another path`);
  }

  /** Gives the name to a file that is complete. The temporary name is free again, whatever happens. */
  async #put(): Promise<number> {
    const { overwrite, signal } = this.#settings;
    try {
      const sizeBytes = await this.#write();
      signal?.throwIfAborted();
      await this.#call(() => (overwrite ? rename : link)(this.#temporary, this.#target));
      return sizeBytes;
    } finally {
      // After a rename there is none. One that cannot be removed changes no outcome.
      await unlink(this.#temporary).catch(() => undefined);
    }
  }

  async #write(): Promise<number> {
    const { mode, signal } = this.#settings;
    const file = await this.#call(() => open(this.#temporary, 'wx', mode));
    let chunks: Iteration | undefined;
    try {
      chunks = this.#begin();
      const sizeBytes = await unlessAborted(this.#writeChunks(file, chunks), signal);
      await this.#call(() => sync(file.fd));
      return sizeBytes;
    } finally {
      chunks?.leave();
      // Waits for a write under way, and makes every later one of a download that stalled fail. A file that does not close
      // may lack bytes.
      await this.#call(() => file.close());
    }
  }

  #begin(): Iteration {
    try {
      return new Iteration(this.#download);
    } catch (cause) {
      throw invalidArgument('download', 'download cannot be read: give one that nobody has read before', { cause });
    }
  }

  async #writeChunks(file: FileHandle, chunks: Iteration): Promise<number> {
    let sizeBytes = 0;
    for (let next = await chunks.next(); next !== undefined; next = await chunks.next()) {
      const { value } = next;
      if (!(value instanceof Uint8Array))
        throw invalidArgument('download', 'download gave a chunk that is no Uint8Array');
      await this.#call(() => file.writeFile(value));
      sizeBytes += value.length;
    }
    return sizeBytes;
  }

  async #call<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (cause) {
      throw saveFailure(this.#target, cause);
    }
  }
}

function unlessAbsent(error: unknown): undefined {
  if (systemCode(error) !== 'ENOENT') throw error;
}
