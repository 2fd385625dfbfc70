import { randomBytes } from 'node:crypto';
import { open, readdir, rm, type FileHandle } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';

import { ArtifactError } from '@artifacts/core';

/** The longest name that a socket may have everywhere, in bytes. */
const maxSocketName = 100;

/**
 * One writer per log, among all processes of a machine: two would each continue the same line, and no order of theirs would verify.
 *
 * Whoever writes listens on a socket beside the file, under a name that is drawn anew each time. It is made first, and then all
 * others are called, so of two that begin at once at least one hears the other. A socket dies with its process, however that
 * ends, and can be called from other containers, which know nothing of each other's process ids. What does not answer is
 * removed by its name, which nobody will ever have again: there is no moment at which the wrong one could go.
 */
export class WriterLock {
  readonly #directory: string;
  readonly #prefix: string;
  #held: { readonly server: Server; readonly name: string } | undefined;

  constructor(file: string) {
    this.#directory = dirname(file);
    this.#prefix = `${basename(file)}.writer.`;
  }

  /** @throws `CONFIGURATION` when somebody else writes, or may */
  async acquire(): Promise<void> {
    const name = this.#prefix + randomBytes(8).toString('hex');
    await this.#at(name, async (path) => {
      this.#held = { server: await listeningAt(path), name };
    });
    try {
      await this.#requireAlone(name);
    } catch (error) {
      await this.release();
      throw error;
    }
  }

  async release(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    await new Promise((resolve) => held.server.close(resolve));
    await rm(join(this.#directory, held.name), { force: true });
  }

  async #requireAlone(own: string): Promise<void> {
    for (const name of await readdir(this.#directory)) {
      if (!name.startsWith(this.#prefix) || name === own) continue;
      const path = join(this.#directory, name);
      const answer = await this.#at(name, answerFrom);
      if (answer === 'somebody') throw taken('is being written by another', path);
      if (answer !== 'nobody') throw taken(`may be written by another (${answer})`, path);
      await rm(path, { force: true });
    }
  }

  /** Long paths are longer than the name of a socket may be: those go by a short one of their directory. */
  async #at<T>(name: string, use: (path: string) => Promise<T>): Promise<T> {
    const path = join(this.#directory, name);
    if (Buffer.byteLength(path) <= maxSocketName) return use(path);
    let directory: FileHandle | undefined;
    try {
      directory = await open(this.#directory, 'r');
      return await use(`/proc/self/fd/${directory.fd}/${name}`);
    } finally {
      await directory?.close();
    }
  }
}

function listeningAt(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((caller) => caller.destroy());
    server.once('error', reject);
    // Of this process alone, also in a cluster.
    server.listen({ path, exclusive: true }, () => {
      server.off('error', reject);
      // A log that is open is no reason to go on.
      resolve(server.unref());
    });
  });
}

/** Who answers; otherwise the code of the system's error. */
function answerFrom(path: string): Promise<string> {
  return new Promise((resolve) => {
    const call = connect(path);
    call.once('connect', () => {
      call.destroy();
      resolve('somebody');
    });
    call.once('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code === 'ECONNREFUSED' || code === 'ENOENT' ? 'nobody' : (code ?? 'unknown'));
    });
  });
}

function taken(how: string, path: string): ArtifactError {
  const remedy = `give each process a file of its own; if nobody writes, remove ${JSON.stringify(path)}`;
  return new ArtifactError('CONFIGURATION', `the audit log ${how}: ${remedy}`, { field: 'file' });
}
