import * as fs from 'node:fs';
import { constants } from 'node:fs';

import { atOnce, together } from './pool.ts';

/** What a path or a descriptor is, in the numbers that versions are made of. */
export type FileStat = fs.BigIntStats;

/**
 * The functions of `node:fs` that this backend uses, and no others, so that a test can make any of them fail. Flat, with
 * descriptors as numbers: a wrapper around every call is a loop over the members.
 */
export interface FileSystem {
  open(path: string, flags: number, mode?: number): Promise<number>;
  close(descriptor: number): Promise<void>;
  /** Closes what has no blocks to free: a directory, a small file, or one that was just written and has its name. */
  closeQuickly(descriptor: number): Promise<void>;
  /** The path by which the system opened a descriptor, free of links; `undefined` where it does not tell. */
  openedPath(descriptor: number): Promise<string | undefined>;
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

/** From this many bytes on, moving them takes longer than waking a thread for it. */
const longTransferBytes = 128 * 1024;

function transfer(length: number): typeof together {
  return length < longTransferBytes ? together : atOnce;
}

/**
 * The real one. `fstat`, `futimes`, `openedPath` and `closeQuickly` only touch memory: for them the way through the
 * thread pool would take ten times as long as the call. `close` may have to free the blocks of a large file that was deleted meanwhile.
 */
export const nodeFileSystem: FileSystem = {
  open: (path, flags, mode) => together((done) => fs.open(path, flags, mode, done)),
  close: (descriptor) => together((done) => fs.close(descriptor, done)),
  closeQuickly: async (descriptor) => fs.closeSync(descriptor),
  openedPath: async (descriptor) => {
    try {
      return fs.readlinkSync(`/proc/self/fd/${descriptor}`);
    } catch {
      return undefined;
    }
  },
  write: (descriptor, bytes, offset, length, position) =>
    transfer(length)((done) => fs.write(descriptor, bytes, offset, length, position, done)),
  read: (descriptor, bytes, offset, length, position) =>
    transfer(length)((done) => fs.read(descriptor, bytes, offset, length, position, done)),
  fstat: async (descriptor) => fs.fstatSync(descriptor, { bigint: true }),
  fsync: (descriptor) => together((done) => fs.fsync(descriptor, done)),
  fchmod: (descriptor, mode) => together((done) => fs.fchmod(descriptor, mode, done)),
  futimes: async (descriptor, accessed, modified) => fs.futimesSync(descriptor, accessed, modified),
  lstat: (path) => together((done) => fs.lstat(path, { bigint: true }, done)),
  link: (existing, created) => together((done) => fs.link(existing, created, done)),
  rename: (from, to) => together((done) => fs.rename(from, to, done)),
  unlink: (path) => together((done) => fs.unlink(path, done)),
  mkdir: (path, mode) => together((done) => fs.mkdir(path, { mode }, (error) => done(error, undefined))),
  chmod: (path, mode) => together((done) => fs.chmod(path, mode, done)),
  rmdir: (path) => together((done) => fs.rmdir(path, done)),
  readdir: (path) => together((done) => fs.readdir(path, done)),
  realpath: (path) => together((done) => fs.realpath.native(path, done)),
  access: (path, mode) => together((done) => fs.access(path, mode, done)),
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
