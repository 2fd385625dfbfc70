import { createHash } from 'node:crypto';
import { join } from 'node:path';

import { ArtifactError } from '@artifacts/core';

import { pause, unlessAborted } from './abort.ts';
import { type Claim, claimLiveness, dropClaim, newClaim } from './claims.ts';
import type { Directories } from './directories.ts';
import { type FileSystem, isMissing, systemCode } from './filesystem.ts';
import type { Root } from './root.ts';

/**
 * One lock per key, among all processes that share a root. It dies with its holder and with nothing else.
 *
 * A lock is a directory named for the key, and it is held while there is a token in it: an empty directory whose name
 * says who holds it, never the same twice (`claims.ts`).
 *
 * - To take it, make a directory with one's own token inside and rename that to the lock's name. `rename` replaces an
 *   empty directory or none and fails on any other, in one step: so two never hold it, and it is never seen without
 *   its holder.
 * - To give it back, remove the token, then the directory; the latter only tidies up, and fails if another has it by now.
 * - To break the lock of a dead holder, remove *that token by its name*. A dead process makes no tokens, so what was seen
 *   once of a dead holder is true for ever: however late the removal comes, and however many do it, it removes the dead
 *   token or nothing, never the token of whoever took the lock since. There is no step between, so no breaker can die in
 *   one; breaking gives nobody the lock, it only empties the directory.
 */
export class KeyLocks {
  readonly #fs: FileSystem;
  readonly #root: Root;
  readonly #directories: Directories;
  readonly #queues = new Map<string, Promise<void>>();

  constructor(fs: FileSystem, root: Root, directories: Directories) {
    this.#fs = fs;
    this.#root = root;
    this.#directories = directories;
  }

  /** Does `work` while holding the lock of `key`. An abort ends the wait, not the work. */
  async hold<T>(key: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    // Within the process they queue up, so that it never polls itself.
    const previous = this.#queues.get(key);
    let leave = (): void => undefined;
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    const tail = previous === undefined ? left : previous.then(() => left);
    this.#queues.set(key, tail);
    try {
      if (previous !== undefined) await unlessAborted(previous, signal);
      signal?.throwIfAborted();
      return await this.#holdAcross(key, signal, work);
    } finally {
      leave();
      if (this.#queues.get(key) === tail) this.#queues.delete(key);
    }
  }

  async #holdAcross<T>(key: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const { locks } = await this.#root.ensure();
    const token = newClaim();
    const prepared = join(locks, token);
    const lock = join(locks, lockName(key));
    try {
      await this.#prepare(prepared, token);
      await this.#take(prepared, lock, key, signal);
    } catch (error) {
      // From the lock, too: the rename may have been done and reported as failed.
      await this.#removeAll([join(lock, token), lock, join(prepared, token), prepared]);
      dropClaim(token);
      throw error;
    }
    try {
      return await work();
    } finally {
      await this.#removeAll([join(lock, token), lock]);
      dropClaim(token);
    }
  }

  async #prepare(prepared: string, token: Claim): Promise<void> {
    await this.#directories.make(prepared);
    await this.#fs.mkdir(join(prepared, token), 0o700);
  }

  async #take(prepared: string, lock: string, key: string, signal: AbortSignal | undefined): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#fs.rename(prepared, lock);
        return;
      } catch (error) {
        const code = systemCode(error);
        if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
      }
      const holder = await this.#breakIfDead(lock);
      if (holder === undefined) continue;
      if (claimLiveness(holder) === 'unknown' && attempt >= strangerAttempts) throw strangers(key, join(lock, holder));
      await pause(Math.min(20, 1 + attempt) * (0.5 + Math.random() / 2), signal);
    }
  }

  /** Gives the token of a holder that may be alive, or `undefined` when the lock is worth another try. */
  async #breakIfDead(lock: string): Promise<string | undefined> {
    try {
      for (const token of await this.#fs.readdir(lock)) {
        const liveness = claimLiveness(token);
        if (liveness === undefined) throw foreign(join(lock, token));
        if (liveness !== 'dead') return token;
        await this.#fs.rmdir(join(lock, token));
      }
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    return undefined;
  }

  /**
   * Never fails: a token that cannot be removed is from now on one that nobody holds, for this process at once and for
   * others when it ends.
   */
  async #removeAll(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      for (let attempt = 0; attempt < 3; attempt += 1) {
        const settled = await this.#fs.rmdir(path).then(
          () => true,
          (error: unknown) => ['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? ''),
        );
        if (settled) break;
      }
    }
  }
}

/** The name of a key's lock: of one length, whatever the key's. */
export function lockName(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

// About ten seconds.
const strangerAttempts = 600;

function strangers(key: string, path: string): ArtifactError {
  return new ArtifactError(
    'UNAVAILABLE',
    `the lock of "${key}" is held from another pid namespace, where it cannot be seen whether its holder lives; if it does not: rmdir '${path}'`,
    { retryable: false },
  );
}

function foreign(path: string): ArtifactError {
  return new ArtifactError('CONFIGURATION', `${JSON.stringify(path)} is no lock of ours and blocks one; remove it`);
}
