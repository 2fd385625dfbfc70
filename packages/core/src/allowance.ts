import type { StoredRecord } from './read-record.ts';

/**
 * What one operation may add to a store with a quota, from before its content is sent until it is known what became of it
 * (format: Ledger). One operation has one, and calls it in this order.
 */
export interface Allowance {
  /**
   * Asks for room, before any content is sent. Where there is none for a new artifact `look` tells what it would replace.
   * Gives what was known or learnt of that.
   *
   * @throws `QUOTA_EXCEEDED`
   */
  admit(
    size: number | undefined,
    current: StoredRecord | undefined,
    look: () => Promise<StoredRecord | undefined>,
  ): Promise<StoredRecord | undefined>;
  /** Content of unknown length has come so far, or any content takes its time. @throws `QUOTA_EXCEEDED` */
  sent(bytes: number): Promise<void>;
  /** All content was sent, and has this size. @throws `QUOTA_EXCEEDED` */
  complete(bytes: number): Promise<void>;
  /** The revision to commit over `current`, or `undefined` for any. To be asked for anew before every attempt. @throws `QUOTA_EXCEEDED` */
  revisionOver(current: StoredRecord | undefined): Promise<string | undefined>;
  /** The same for a tombstone. */
  revisionToDelete(current: StoredRecord): Promise<string | undefined>;
  /** An update is about to replace the record of this revision. */
  leaves(revision: string): Promise<void>;
  /** Whether it is too late to commit, because others may count the room as free. */
  readonly late: boolean;
  /** @throws `TIMEOUT` when it is */
  requireTime(): void;
  /** The record of the last revision was written. */
  committed(): void;
  /** It was, and was taken back. */
  withdrawn(): void;
  /** Nothing more comes. `certain` is whether anything that was not {@link committed} was certainly not written. Never throws. */
  conclude(certain: boolean): Promise<void>;
}
