import type { ChainEnd } from './read-chain.ts';

/** Where the lines of a log go. Opened, written, and closed by one writer at a time. */
export interface Output {
  /** Gives what is there already. May be called again after {@link Output.abandon}. */
  open(): Promise<ChainEnd>;
  /** Must have given all of it to the operating system when it resolves. */
  append(lines: Uint8Array): Promise<void>;
  /** Forces what was appended to the disk. */
  sync(): Promise<void>;
  /** Whether it should be rotated after the next checkpoint. */
  readonly full: boolean;
  /** Goes on in a new file, whose first line has this number. */
  rotate(firstSequence: number): Promise<void>;
  /** After a failure: gives up what is held, however that fails. */
  abandon(): Promise<void>;
  close(): Promise<void>;
}
