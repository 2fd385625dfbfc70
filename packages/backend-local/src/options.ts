import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ArtifactError } from '@artifacts/core';

import { type FileSystem, nodeFileSystem } from './filesystem.ts';

/** Where and how a local backend keeps its objects. */
export interface LocalBackendOptions {
  /**
   * The directory, as a path (relative to the working directory at construction) or a `file:` URL. The first write creates it,
   * with mode 0700. It must be on one machine's own file system and belong to this backend alone.
   */
  readonly root: string | URL;
  /**
   * `full` (the default): what was acknowledged survives the end of the process and the loss of power. `process`: only
   * the end of the process; nothing is forced to the disk.
   */
  readonly durability?: 'full' | 'process' | undefined;
  /**
   * `group`: everyone in the root's group may read and write, and the root may be group-writable. It must have the setgid
   * bit, which gives what is created to its group; one that the first write creates has mode 2770. By default only the user
   * of this process may.
   */
  readonly permissions?: 'group' | undefined;
  /** @internal Replaces functions of the file system, to make them fail. */
  readonly fs?: Partial<FileSystem> | undefined;
}

/** The options, checked and completed. */
export interface Settings {
  readonly root: string;
  readonly durable: boolean;
  readonly group: boolean;
  readonly fs: FileSystem;
}

/**
 * @throws `CONFIGURATION` naming the option
 */
export function settingsOf(options: LocalBackendOptions): Settings {
  const { durability = 'full', permissions } = options;
  if (durability !== 'full' && durability !== 'process') {
    throw refused('durability', `durability is "full" or "process", not ${JSON.stringify(durability)}`);
  }
  if (permissions !== undefined && permissions !== 'group') {
    throw refused('permissions', `permissions is "group" or left out, not ${JSON.stringify(permissions)}`);
  }
  if (process.platform === 'win32') {
    throw new ArtifactError(
      'CONFIGURATION',
      'the local backend needs a POSIX file system; on Windows run it under WSL',
    );
  }
  const root = pathOf(options.root);
  return {
    root,
    durable: durability === 'full',
    group: permissions === 'group',
    fs: { ...nodeFileSystem, ...options.fs },
  };
}

function pathOf(root: unknown): string {
  const path = root instanceof URL ? pathOfUrl(root) : root;
  if (typeof path !== 'string' || path === '') {
    throw refused('root', 'root must name a directory: a path or a file: URL');
  }
  if (path.includes('\0')) throw refused('root', 'root must not contain NUL');
  return resolve(path);
}

function pathOfUrl(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw refused('root', `root must be a file: URL of this machine, not ${url.protocol}`, cause);
  }
}

function refused(field: string, message: string, cause?: unknown): ArtifactError {
  return new ArtifactError('CONFIGURATION', message, { field, cause });
}
