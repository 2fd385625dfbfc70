import { constants } from 'node:fs';
import { dirname, join } from 'node:path';

import { dropClaim, newClaim } from './claims.ts';
import type { Directories } from './directories.ts';
import { isMissing, systemCode } from './filesystem.ts';
import type { Settings } from './options.ts';
import { assertSafeRoot, noDirectory } from './root-permissions.ts';

/** The directories of a root, by their real paths. Only `objects` is ever listed. */
export interface Layout {
  readonly root: string;
  readonly objects: string;
  readonly staging: string;
  readonly locks: string;
}

/**
 * The root directory, looked at when it is first needed. It may be reached through symbolic links; inside it none is
 * followed. Only what writes creates anything.
 */
export class Root {
  readonly #settings: Settings;
  readonly #directories: Directories;
  #layout: Layout | undefined;
  /** Whether the directories inside are known to be there, and to be directories. */
  #complete = false;
  #creating: Promise<Layout> | undefined;

  constructor(settings: Settings, directories: Directories) {
    this.#settings = settings;
    this.#directories = directories;
  }

  /** For reading: `undefined` while there is no root. */
  async find(): Promise<Layout | undefined> {
    if (this.#layout !== undefined) return this.#layout;
    try {
      this.#layout = await this.#look();
      return this.#layout;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** For writing: creates what is missing. `again` when what was there before has gone. */
  async ensure(again = false): Promise<Layout> {
    if (this.#layout !== undefined && this.#complete && !again) return this.#layout;
    this.#creating ??= this.#create().finally(() => {
      this.#creating = undefined;
    });
    return this.#creating;
  }

  /** Rejects unless the root can be read and written or, while there is none, could be created. Creates nothing. */
  async check(): Promise<void> {
    const { fs } = this.#settings;
    this.#layout = undefined;
    const found = await this.find();
    let path: string = this.#settings.root;
    for (;;) {
      try {
        await fs.access(path, constants.R_OK | constants.W_OK | constants.X_OK);
        return;
      } catch (error) {
        if (found !== undefined || !isMissing(error) || dirname(path) === path) throw error;
        path = dirname(path);
      }
    }
  }

  async #create(): Promise<Layout> {
    const { fs } = this.#settings;
    const topmost = (await this.#exists()) ? undefined : await this.#make();
    const layout = await this.#look();
    await this.#syncAbove(layout.root, topmost === undefined ? undefined : await fs.realpath(dirname(topmost)));
    for (const path of [layout.objects, layout.staging, layout.locks]) await this.#directories.make(path);
    this.#layout = layout;
    this.#complete = true;
    return layout;
  }

  /** Gives the topmost directory that is new; `undefined` when somebody else was faster with all of them. */
  async #make(): Promise<string | undefined> {
    const { fs, root, group } = this.#settings;
    if (!group) return this.#directories.make(root);
    // Under another name until it has the group's rights: others would refuse it without. Not empty, so that no `rename`
    // replaces it.
    const claim = newClaim();
    const prepared = join(dirname(root), claim);
    const objects = join(prepared, 'objects');
    let topmost: string | undefined;
    try {
      topmost = await this.#directories.make(prepared);
      await this.#directories.make(objects);
      await fs.rename(prepared, root);
      return topmost;
    } catch (error) {
      for (const path of [objects, prepared]) await fs.rmdir(path).catch(() => undefined);
      if (systemCode(error) === 'ENOTDIR') throw noDirectory(root, error);
      if (systemCode(error) === 'ENOTEMPTY' || systemCode(error) === 'EEXIST') {
        return topmost === prepared ? undefined : topmost;
      }
      throw error;
    } finally {
      dropClaim(claim);
    }
  }

  /**
   * Makes the root durable in what is above it, as far as this process made that. Who else made the root may not have come
   * to it; but then the directory above it may be none of ours to open.
   */
  async #syncAbove(root: string, top: string | undefined): Promise<void> {
    const parent = dirname(root);
    try {
      await this.#directories.sync(parent, top ?? parent);
    } catch (error) {
      const denied = systemCode(error) === 'EACCES' || systemCode(error) === 'EPERM';
      if (top !== undefined || !denied) throw error;
    }
  }

  async #exists(): Promise<boolean> {
    try {
      await this.#realPath();
      return true;
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  async #look(): Promise<Layout> {
    const { fs, group } = this.#settings;
    const real = await this.#realPath();
    assertSafeRoot(real, await fs.lstat(real), group);
    return { root: real, objects: join(real, 'objects'), staging: join(real, 'staging'), locks: join(real, 'locks') };
  }

  async #realPath(): Promise<string> {
    const { fs, root } = this.#settings;
    try {
      return await fs.realpath(root);
    } catch (error) {
      if (systemCode(error) === 'ENOTDIR' || systemCode(error) === 'ELOOP') throw noDirectory(root, error);
      throw error;
    }
  }
}
