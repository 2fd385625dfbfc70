import type { Entry } from './entry.ts';
import { digestOf, spell, type AuditHead } from './line.ts';

let secondBefore = { second: Number.NaN, text: '' };

/** As `toISOString`, which costs as much as the digest of a line; most lines are of the second of the line before. */
function timeText(time: number): string {
  const [second, ms] = [Math.floor(time / 1000), Math.floor(time)];
  if (second !== secondBefore.second)
    secondBefore = { second, text: new Date(second * 1000).toISOString().slice(0, -4) };
  return `${secondBefore.text}${String(ms - second * 1000).padStart(3, '0')}Z`;
}

/** Makes each line name the one before. */
export class Chain {
  readonly log: string;
  #sequence: number;
  #sha256: string;
  #unsigned: number;

  constructor({ log, sequence, sha256 }: AuditHead, unsigned: number) {
    this.log = log;
    this.#sequence = sequence;
    this.#sha256 = sha256;
    this.#unsigned = unsigned;
  }

  get head(): AuditHead {
    return { log: this.log, sequence: this.#sequence, sha256: this.#sha256 };
  }

  /** How many lines come after the last checkpoint. */
  get unsigned(): number {
    return this.#unsigned;
  }

  /** The next line. */
  add({ time, members }: Entry): string {
    const place = `{"seq":${this.#sequence + 1},"prev":"${this.#sha256}","time":"${timeText(time)}",`;
    const line = place + spell(members).slice(1);
    this.#append(line);
    this.#unsigned += 1;
    return line;
  }

  /** A line that signs all before it. */
  addCheckpoint(line: Uint8Array): void {
    this.#append(line);
    this.#unsigned = 0;
  }

  /** To be written, and thrown away when that fails. */
  copy(): Chain {
    return new Chain(this.head, this.#unsigned);
  }

  #append(line: string | Uint8Array): void {
    this.#sequence += 1;
    this.#sha256 = digestOf(line);
  }
}
