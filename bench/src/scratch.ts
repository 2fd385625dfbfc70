import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const tmpfsMagic = 0x01021994;

/** A folder for everything that is measured, gone when the process is. */
export class Scratch {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  static async create(): Promise<Scratch> {
    const root = await mkdtemp(join(tmpdir(), 'artifacts-bench-'));
    // Work under way may create a file between the listing of a directory and its removal.
    const remove = (): void => rmSync(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    process.once('exit', remove);
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
    ] as const) {
      process.once(signal, () => process.exit(code));
    }
    return new Scratch(root);
  }

  /** Runs the work with a folder inside, removed afterwards. */
  async folder<T>(name: string, work: (path: string) => Promise<T>): Promise<T> {
    const path = join(this.root, name);
    await mkdir(path);
    try {
      return await work(path);
    } finally {
      await rm(path, { recursive: true, force: true });
    }
  }

  /** In memory nothing is durable and fsync costs nothing: such figures say nothing about uploads. */
  async isInMemory(): Promise<boolean> {
    const { type } = await statfs(this.root);
    return type === tmpfsMagic;
  }
}
