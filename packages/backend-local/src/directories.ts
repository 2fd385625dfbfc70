import { dirname } from 'node:path';

import { ArtifactError } from '@artifacts/core';

import { directoryFlags, type FileStat, isMissing, systemCode } from './filesystem.ts';
import { tampered } from './failures.ts';
import type { Settings } from './options.ts';
import { statPresent } from './present.ts';
import { SharedRuns } from './shared-runs.ts';

const maxRemembered = 1000;

/** The setgid bit gives what is created inside to the same group. */
const groupMode = 0o2770;

/** Which directory, of all that ever were at a path. */
type Identity = string;

const gone: Identity = 'gone';
/** The file system keeps no birth times, and it uses the numbers of inodes again. */
const unsure: Identity = 'unsure';

/** Directories of ours: made, proven to be no links, made durable, removed when empty. */
export class Directories {
  readonly #settings: Settings;
  readonly #realPaths: SharedRuns<string>;
  readonly #syncs: SharedRuns<Identity>;
  /** Which directory at a path is known to be durable in those above it. */
  readonly #durable = new Map<string, Identity>();

  constructor(settings: Settings) {
    const { fs } = settings;
    this.#settings = settings;
    // With the dot it is an error when something else than a directory is there.
    this.#realPaths = new SharedRuns((path) => fs.realpath(`${path}/.`));
    this.#syncs = new SharedRuns((path) => this.#syncOne(path));
  }

  /**
   * Whether the directory exists, without a symbolic link on the way. Node has no `openat2`, so somebody who swaps
   * directories while we work is not noticed; a link that lies there is, and so is a file, on the way to what is missing, too.
   *
   * @throws `INTEGRITY`
   */
  async verify(path: string): Promise<boolean> {
    if (await this.#reaches(path)) return true;
    const stat = await statPresent(this.#settings.fs, path);
    if (stat === undefined) await this.verify(dirname(path));
    else assertDirectory(path, stat);
    return false;
  }

  /** Makes the directory and those between it and `top`, having proven that what is there already are no links. */
  async makeInside(path: string, top: string): Promise<void> {
    if (await this.#reaches(path)) return this.share(path);
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
        if (stat !== undefined) assertDirectory(path, stat);
        await this.share(path, stat);
        return undefined;
      }
      if (systemCode(error) !== 'ENOENT' || parent === path) throw error;
      const topmost = await this.make(parent);
      const made = await this.make(path);
      return topmost ?? made;
    }
    // The umask of this process took rights away.
    if (group) await fs.chmod(path, groupMode);
    return path;
  }

  /** Gives the group its rights to a directory of ours whose maker died before it came to that. */
  async share(path: string, known?: FileStat): Promise<void> {
    const { fs, group } = this.#settings;
    if (!group) return;
    const stat = known ?? (await statPresent(fs, path));
    if (stat === undefined || Number(stat.uid) !== process.getuid?.()) return;
    if ((Number(stat.mode) & groupMode) !== groupMode) await fs.chmod(path, groupMode);
  }

  /**
   * Makes what is in the directory durable, and the directory itself in those above it, up to `top`. Whoever uses a
   * directory first does the latter, since who made it may not have come to it. One that is gone was emptied before, so
   * the one above it tells.
   */
  async sync(path: string, top: string): Promise<void> {
    if (!this.#settings.durable) return;
    if (path === top) {
      if ((await this.#syncs.run(path)) === gone) throw new ArtifactError('BACKEND', 'the root has gone');
      return;
    }
    const known = this.#durable.get(path);
    const before = known === undefined ? await this.#identityAt(path) : await this.#syncs.run(path);
    if (before === known) return;
    // One never seen before certainly needs those above it, so they need not wait for each other, as long as it can be
    // told afterwards that it is still the same.
    if (known === undefined && before !== unsure) {
      const [after] = await Promise.all([this.#syncs.run(path), this.sync(dirname(path), top)]);
      if (after === before) this.#remember(path, after);
      else await this.sync(dirname(path), top);
      return;
    }
    if (known === undefined) await this.#syncs.run(path);
    await this.sync(dirname(path), top);
    if ((await this.#identityAt(path)) === before) this.#remember(path, before);
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

  /** Whether a directory is there, by no symbolic link. */
  async #reaches(path: string): Promise<boolean> {
    try {
      const real = await this.#realPaths.run(path);
      if (real !== path) throw tampered(path, 'a symbolic link');
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** Gives which directory it was. */
  async #syncOne(path: string): Promise<Identity> {
    const { fs } = this.#settings;
    let descriptor: number;
    try {
      descriptor = await fs.open(path, directoryFlags);
    } catch (error) {
      if (isMissing(error)) return gone;
      throw error;
    }
    try {
      await fs.fsync(descriptor);
      return identityIn(await fs.fstat(descriptor));
    } finally {
      await fs.closeQuickly(descriptor);
    }
  }

  async #identityAt(path: string): Promise<Identity> {
    const stat = await statPresent(this.#settings.fs, path);
    return stat === undefined ? gone : identityIn(stat);
  }

  #remember(path: string, identity: Identity): void {
    if (identity === gone || identity === unsure) {
      this.#durable.delete(path);
      return;
    }
    this.#durable.set(path, identity);
    if (this.#durable.size <= maxRemembered) return;
    for (const oldest of this.#durable.keys()) {
      this.#durable.delete(oldest);
      return;
    }
  }
}

function identityIn({ ino, birthtimeNs }: FileStat): Identity {
  return birthtimeNs === 0n ? unsure : `${ino} ${birthtimeNs}`;
}

function assertDirectory(path: string, stat: FileStat): void {
  if (!stat.isDirectory()) throw tampered(path, 'something that is not a directory');
}
