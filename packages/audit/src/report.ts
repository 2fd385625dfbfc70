import type { AuditHead } from './line.ts';

/**
 * What is wrong with a log:
 *
 * - `EDITED`: the line is not the one that was written.
 * - `DELETED`: lines are missing before this one, `count` of them from `sequence` on.
 * - `INSERTED`: the line was not written here.
 * - `REORDERED`: the line was written, and stands in the place of another.
 * - `UNREADABLE`: it is no line of a log.
 * - `UNSIGNED`: a checkpoint that no trusted key vouches for; `reason` has the code.
 * - `TRUNCATED`: the log ends `count` lines before the head that was expected.
 * - `REPLACED`: the head that was expected is not in this log.
 */
export type AuditFindingCode =
  | 'EDITED'
  | 'DELETED'
  | 'INSERTED'
  | 'REORDERED'
  | 'UNREADABLE'
  | 'UNSIGNED'
  | 'TRUNCATED'
  | 'REPLACED';

/** Where a line stands. */
export interface AuditPlace {
  readonly file: string;
  /** The first of the file is 1. */
  readonly line: number;
  /** The number of the line in the log, where that is known. */
  readonly sequence?: number | undefined;
}

export interface AuditFinding extends AuditPlace {
  readonly code: AuditFindingCode;
  readonly count?: number | undefined;
  readonly reason?: string | undefined;
}

/** What a log proves, and what it does not. */
export interface AuditReport {
  /** Whether nothing was found. The unsigned tail is no finding, nor is what a crash left: see the other members. */
  readonly intact: boolean;
  /** In the order of the log; the first thousand, and whether the expected head is missing. */
  readonly findings: readonly AuditFinding[];
  readonly lines: number;
  /** Signatures that verified. */
  readonly checkpoints: number;
  /** The last line that a signature vouches for, with all before it. */
  readonly signed: AuditHead | undefined;
  /** How many lines come after that: of these it cannot be said that none was changed, or that no more were there. */
  readonly unsignedTail: number;
  /** The last line. */
  readonly head: AuditHead | undefined;
  /** Lines that a crash cut, before it was written on or at the very end. */
  readonly torn: readonly AuditPlace[];
  /** Where a process went on after lines that nobody had signed: after a crash, and only as trustworthy as the file was then. */
  readonly resumed: readonly (AuditPlace & { readonly unsigned: number })[];
  /** Operations that began and have no end: a process that ended meanwhile, or an end that could not be written. */
  readonly unfinished: number;
  /** Operations that the log itself says have no line. */
  readonly notRecorded: number;
}

export const maxFindings = 1000;
