import { createHash, randomUUID, type Hash } from 'node:crypto';
import * as fs from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import type { Contender, Entry, Source } from '../contender.ts';

// Callbacks on descriptors: faster than FileHandles, so the harder baseline.
const open = promisify(fs.open);
const close = promisify(fs.close);
const write = promisify(fs.write);
const read = promisify(fs.read);
const fsync = promisify(fs.fsync);
const rename = promisify(fs.rename);

const readBytes = 1024 * 1024;

/** What a careful program writes by hand: a temporary file, fsync, rename to the final name, fsync of the directory. */
export const rawDurable: Entry = {
  name: 'node:fs, durable',
  open: (root) =>
    contender(
      rawDurable.name,
      new Files(root, true),
      'sha256, fsync of file and directory, rename',
      viaReadStream,
      'sha256 checked at the end; createReadStream, 1 MiB at a time',
    ),
};

/** What most programs write by hand: fsync of the file alone, under its final name. A crash may leave a part, or no name. */
export const rawFileOnly: Entry = {
  name: 'node:fs, fsync of the file only',
  open: (root) =>
    contender(
      rawFileOnly.name,
      new Files(root, false),
      'sha256, fsync of the file; no rename, no fsync of the directory',
      viaReadLoop,
      'sha256 checked at the end; fs.read, 1 MiB at a time, reading ahead',
    ),
};

type ReadInto = (path: string, hash: Hash) => Promise<number>;

function contender(name: string, files: Files, upload: string, readInto: ReadInto, streaming: string): Contender {
  return {
    name,
    upload,
    download: 'sha256 checked; readFile',
    streams: { upload, download: streaming },
    put: (key, bytes) => files.write(key, once(bytes)),
    async get(key) {
      const bytes = await readFile(files.path(key));
      files.requireDigest(key, createHash('sha256').update(bytes));
      return bytes;
    },
    putStream: (key, source) => files.write(key, source),
    async getStream(key) {
      const hash = createHash('sha256');
      const bytes = await readInto(files.path(key), hash);
      files.requireDigest(key, hash);
      return bytes;
    },
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

class Files {
  readonly #root: string;
  readonly #durable: boolean;
  /** Kept in memory: where to keep them durably is already part of what a store does. */
  readonly #digests = new Map<string, string>();

  constructor(root: string, durable: boolean) {
    this.#root = root;
    this.#durable = durable;
  }

  path(key: string): string {
    return join(this.#root, key);
  }

  requireDigest(key: string, hash: Hash): void {
    if (hash.digest('hex') !== this.#digests.get(key)) throw new Error(`${key} is not what was stored`);
  }

  async write(key: string, source: Source): Promise<void> {
    const hash = createHash('sha256');
    const path = this.path(this.#durable ? `${randomUUID()}.tmp` : key);
    const file = await open(path, 'wx', 0o600);
    try {
      for await (const chunk of source) {
        // Hashed while another thread writes.
        const written = writeAll(file, chunk);
        hash.update(chunk);
        await written;
      }
      await fsync(file);
    } finally {
      await close(file);
    }
    this.#digests.set(key, hash.digest('hex'));
    if (!this.#durable) return;
    await rename(path, this.path(key));
    const directory = await open(this.#root, 'r');
    try {
      await fsync(directory);
    } finally {
      await close(directory);
    }
  }
}

async function writeAll(file: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await write(file, bytes, done, bytes.length - done, null);
    done += bytesWritten;
  }
}

async function viaReadStream(path: string, hash: Hash): Promise<number> {
  const stream = fs.createReadStream(path, { highWaterMark: readBytes });
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return bytes;
}

async function viaReadLoop(path: string, hash: Hash): Promise<number> {
  const file = await open(path, 'r');
  try {
    let [current, next] = [Buffer.allocUnsafe(readBytes), Buffer.allocUnsafe(readBytes)];
    let bytes = 0;
    let { bytesRead } = await read(file, current, 0, readBytes, null);
    while (bytesRead > 0) {
      // The next read is under way on another thread while this one hashes.
      const ahead = read(file, next, 0, readBytes, null);
      hash.update(current.subarray(0, bytesRead));
      bytes += bytesRead;
      [current, next] = [next, current];
      ({ bytesRead } = await ahead);
    }
    return bytes;
  } finally {
    await close(file);
  }
}
