import { readdir } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';

const digits = 16;

/** Where the files of one log are: the one that is written to, and beside it those that it was before. */
export class LogFiles {
  readonly active: string;
  readonly directory: string;
  readonly #stem: string;
  readonly #extension: string;

  constructor(file: string) {
    this.active = file;
    this.directory = dirname(file);
    this.#extension = extname(file);
    this.#stem = basename(file, this.#extension);
  }

  /** The name of a file that is full. By the number of its first line, so that names sort as the lines do, before the active one's. */
  rotated(firstSequence: number): string {
    return join(this.directory, `${this.#stem}.${String(firstSequence).padStart(digits, '0')}${this.#extension}`);
  }

  /** Full files, the oldest first. */
  async listRotated(): Promise<string[]> {
    const names = await readdir(this.directory);
    return names
      .filter((name) => this.#isRotated(name))
      .toSorted()
      .map((name) => join(this.directory, name));
  }

  #isRotated(name: string): boolean {
    const number = name.slice(this.#stem.length + 1, this.#stem.length + 1 + digits);
    return /^\d+$/.test(number) && name === `${this.#stem}.${number}${this.#extension}` && number.length === digits;
  }
}
