import * as fs from 'node:fs';
import { constants, promises } from 'node:fs';
import { promisify } from 'node:util';

/** What a path or a descriptor is, in the numbers that versions are made of. */
export type FileStat = fs.BigIntStats;

/**
 * The functions of `node:fs` that this backend uses, and no others, so that a test can make any of them fail. Flat, with
 * descriptors as numbers: a wrapper around every call is a loop over the members.
 *
 * @internal
 */
export interface FileSystem {
  open(path: string, flags: number, mode?: number): Promise<number>;
  close(descriptor: number): Promise<void>;
  /** Closes a file that was written and still has its name. */
  closeWritten(descriptor: number): Promise<void>;
  /** May write less than asked; gives the number of bytes written. */
  write(descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  /** May read less than asked; gives the number of bytes read, 0 at the end. */
  read(descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number): Promise<number>;
  fstat(descriptor: number): Promise<FileStat>;
  fsync(descriptor: number): Promise<void>;
  fchmod(descriptor: number, mode: number): Promise<void>;
  /** Access and modification time in seconds. */
  futimes(descriptor: number, accessed: number, modified: number): Promise<void>;
  lstat(path: string): Promise<FileStat>;
  link(existing: string, created: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  mkdir(path: string, mode: number): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  rmdir(path: string): Promise<void>;
  readdir(path: string): Promise<string[]>;
  realpath(path: string): Promise<string>;
  access(path: string, mode: number): Promise<void>;
}

// Callbacks on descriptors rather than FileHandles: 16 durable writes at a time take a tenth less with them.
const write = promisify(fs.write);
const read = promisify(fs.read);
const open = promisify(fs.open);

/**
 * The real one. `fstat` and `closeWritten` only touch memory: for them the way through the thread pool would take ten
 * times as long as the call. `close` may have to free the blocks of a large file that was deleted meanwhile.
 */
export const nodeFileSystem: FileSystem = {
  open: (path, flags, mode) => open(path, flags, mode),
  close: promisify(fs.close),
  closeWritten: async (descriptor) => fs.closeSync(descriptor),
  write: async (descriptor, bytes, offset, length, position) =>
    (await write(descriptor, bytes, offset, length, position)).bytesWritten,
  read: async (descriptor, bytes, offset, length, position) =>
    (await read(descriptor, bytes, offset, length, position)).bytesRead,
  fstat: async (descriptor) => fs.fstatSync(descriptor, { bigint: true }),
  fsync: promisify(fs.fsync),
  fchmod: promisify(fs.fchmod),
  futimes: promisify(fs.futimes),
  lstat: (path) => promises.lstat(path, { bigint: true }),
  link: promises.link,
  rename: promises.rename,
  unlink: promises.unlink,
  mkdir: (path, mode) => promises.mkdir(path, { mode }).then(() => undefined),
  chmod: promises.chmod,
  rmdir: (path) => promises.rmdir(path),
  readdir: (path) => promises.readdir(path),
  realpath: (path) => promises.realpath(path),
  access: promises.access,
};

/** How files are opened for reading: a link at the end of the path is refused, and a FIFO does not block. */
export const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** How a staging file is opened: it must not exist, not even as a link. */
export const createFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

export const directoryFlags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** The code of a failed system call, such as `ENOENT`, or `undefined` for any other error. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'syscall' in error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** Whether `error` says that nothing is there: the name itself is missing, or a directory on the way to it. */
export function isMissing(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
