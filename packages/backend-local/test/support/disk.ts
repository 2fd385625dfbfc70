import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { copyFile, mkdir, readFile, truncate, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const mebibyte = 1024 * 1024;

const fileSystems = {
  // The journal is written when somebody asks for it, and not for fear of programs that do not.
  ext4: { size: 64 * mebibyte, make: ['mkfs.ext4', '-q'], options: 'commit=300,noauto_da_alloc' },
  xfs: { size: 320 * mebibyte, make: ['mkfs.xfs', '-q'], options: 'nouuid' },
} as const;

export type FileSystemKind = keyof typeof fileSystems;

/**
 * A file system on a disk that is a file on another file system, one that can copy a file at once, without waiting for what is
 * written meanwhile: what the disk was given by then is in the copy and nothing else is, as after a loss of power. For a process
 * in a mount namespace of its own, with which everything goes.
 */
export class Disk {
  readonly path: string;
  readonly #directory: string;
  readonly #options: string;
  #copies = 0;

  /** `directory` is empty and stays under what this mounts. */
  static async make(directory: string, kind: FileSystemKind): Promise<Disk> {
    const { size, make, options } = fileSystems[kind];
    // In a container /dev has the loop devices of when that began, and others may have taken them all.
    const mounts = (await readFile('/proc/self/mounts', 'utf8')).match(/(?<= \/dev )\w+/g);
    if (mounts?.at(-1) !== 'devtmpfs') await execute('mount', ['-t', 'devtmpfs', 'devtmpfs', '/dev']);
    await execute('mount', ['-t', 'tmpfs', 'tmpfs', directory]);
    const disk = new Disk(directory, options);
    for (const name of ['host', 'disk', 'recovered']) await mkdir(join(directory, name));
    await makeFile(join(directory, 'host.img'), 1024 * mebibyte);
    await execute('mkfs.xfs', ['-q', '-m', 'reflink=1', join(directory, 'host.img')]);
    await execute('mount', ['-o', 'loop', join(directory, 'host.img'), join(directory, 'host')]);
    const image = join(directory, 'host', 'disk.img');
    await makeFile(image, size);
    const [program, ...given] = make;
    await execute(program, [...given, image]);
    await execute('mount', ['-o', `loop,${options}`, image, disk.path]);
    return disk;
  }

  private constructor(directory: string, options: string) {
    this.#directory = directory;
    this.#options = options;
    this.path = join(directory, 'disk');
  }

  /** What is on the disk at one moment of this call; gives the file that it is in. */
  async losePower(): Promise<string> {
    this.#copies += 1;
    const copy = join(this.#directory, 'host', `copy-${this.#copies}.img`);
    await copyFile(join(this.#directory, 'host', 'disk.img'), copy, constants.COPYFILE_FICLONE_FORCE);
    return copy;
  }

  /** Lets the file system recover from its journal, for as long as `work` takes, and then throws the copy away. */
  async recover(copy: string, work: (path: string) => Promise<void>): Promise<void> {
    const path = join(this.#directory, 'recovered');
    await execute('mount', ['-o', `loop,${this.#options}`, copy, path]);
    try {
      await work(path);
    } finally {
      await execute('umount', [path]);
      await unlink(copy);
    }
  }
}

async function makeFile(path: string, size: number): Promise<void> {
  await writeFile(path, '');
  await truncate(path, size);
}
