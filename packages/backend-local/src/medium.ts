import { Directories } from './directories.ts';
import type { FileSystem } from './filesystem.ts';
import { KeyLocks } from './key-locks.ts';
import type { Settings } from './options.ts';
import { OpenStreams } from './open-streams.ts';
import { Root } from './root.ts';

/** What every operation of one backend works with. */
export interface Medium {
  readonly settings: Settings;
  readonly fs: FileSystem;
  readonly root: Root;
  readonly directories: Directories;
  readonly locks: KeyLocks;
  readonly streams: OpenStreams;
}

export function mediumOf(settings: Settings): Medium {
  const directories = new Directories(settings);
  const root = new Root(settings, directories);
  return {
    settings,
    fs: settings.fs,
    root,
    directories,
    locks: new KeyLocks(settings.fs, root, directories),
    streams: new OpenStreams(),
  };
}
