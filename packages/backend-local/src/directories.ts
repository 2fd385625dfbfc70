import { dirname } from 'node:path';

import { ArtifactError } from '@artifacts/core';

import { directoryFlags, isMissing, systemCode } from './filesystem.ts';
import { tampered } from './failures.ts';
import type { Settings } from './options.ts';
import { statPresent } from './present.ts';
import { SharedRuns } from './shared-runs.ts';

const maxRemembered = 1000;

/** Directories of ours: made, proven to be no links, made durable, removed when empty. */
export class Directories {
  readonly #settings: Settings;
  readonly #realPaths: SharedRuns<string>;
  readonly #syncs: SharedRuns<string | undefined>;
  /** Which directory, of all that ever were at a path, is known to be durable in those above it. */
  readonly #durable = new Map<string, string>();

  constructor(settings: Settings) {
    const { fs } = settings;
    this.#settings = settings;
    this.#realPaths = new SharedRuns((path) => fs.realpath(path));
    this.#syncs = new SharedRuns((path) => this.#syncOne(path));
  }

  /**
   * Whether the directory exists, without a symbolic link on the way. Node has no `openat2`, so somebody who swaps
   * directories while we work is not noticed; a link that lies there is.
   *
   * @throws `INTEGRITY`
   */
  async verify(path: string): Promise<boolean> {
    try {
      const real = await this.#realPaths.run(path);
      if (real !== path) throw tampered(path, 'a symbolic link');
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** Makes the directory and those between it and `top`, having proven that what is there already are no links. */
  async makeInside(path: string, top: string): Promise<void> {
    if (await this.verify(path)) return;
    if (path !== top) await this.makeInside(dirname(path), top);
    await this.make(path);
  }

  /** Makes the directory and those above it that are missing; gives the topmost one that is new. */
  async make(path: string): Promise<string | undefined> {
    const { fs, group } = this.#settings;
    try {
      await fs.mkdir(path, group ? 0o770 : 0o700);
    } catch (error) {
      const parent = dirname(path);
      if (systemCode(error) === 'EEXIST') {
        // Gone again by now: whoever needs it will see.
        const stat = await statPresent(fs, path);
        if (stat?.isDirectory() === false) throw tampered(path, 'something that is not a directory');
        return undefined;
      }
      if (systemCode(error) !== 'ENOENT' || parent === path) throw error;
      const topmost = await this.make(parent);
      const made = await this.make(path);
      return topmost ?? made;
    }
    // The umask of this process took rights away, and what is created inside is to belong to the same group.
    if (group) await fs.chmod(path, 0o2770);
    return path;
  }

  /**
   * Makes what is in the directory durable, and the directory itself in those above it, up to `top`. Whoever uses a
   * directory first does the latter, since who made it may not have come to it. One that is gone was emptied before, so
   * the one above it tells.
   */
  async sync(path: string, top: string): Promise<void> {
    if (!this.#settings.durable) return;
    const parent = dirname(path);
    // One never seen before certainly needs those above it, so they need not wait for each other.
    const above = path === top || this.#durable.has(path) ? undefined : this.sync(parent, top);
    const [identity] = await Promise.all([this.#syncs.run(path), above]);
    if (identity === undefined && path === top) throw new ArtifactError('BACKEND', 'the root has gone');
    if (path === top) return;
    if (above === undefined && (identity === undefined || this.#durable.get(path) !== identity)) {
      await this.sync(parent, top);
    }
    if (identity !== undefined) this.#remember(path, identity);
  }

  /** Removes the directory and those above it, below `top`, as far as they are empty; gives the first one that stays. */
  async prune(path: string, top: string): Promise<string> {
    let directory = path;
    while (directory !== top) {
      try {
        await this.#settings.fs.rmdir(directory);
      } catch (error) {
        if (!isMissing(error)) return directory;
      }
      directory = dirname(directory);
    }
    return top;
  }

  /** Gives which directory it was; `undefined` when there is none. */
  async #syncOne(path: string): Promise<string | undefined> {
    const { fs } = this.#settings;
    let descriptor: number;
    try {
      descriptor = await fs.open(path, directoryFlags);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      await fs.fsync(descriptor);
      const { ino, birthtimeNs } = await fs.fstat(descriptor);
      return `${ino} ${birthtimeNs}`;
    } finally {
      await fs.closeQuickly(descriptor);
    }
  }

  #remember(path: string, identity: string): void {
    this.#durable.set(path, identity);
    if (this.#durable.size <= maxRemembered) return;
    for (const oldest of this.#durable.keys()) {
      this.#durable.delete(oldest);
      return;
    }
  }
}
