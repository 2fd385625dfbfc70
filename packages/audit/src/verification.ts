import { isArtifactError, type VerificationKeys } from '@artifacts/core';

import { follows, isLog, readLine, verifyCheckpoint, type ReadLine } from './checkpoint.ts';
import { noLine, type AuditHead, type Link } from './line.ts';
import type { RawLine } from './raw-lines.ts';
import { tellsOf } from './read-chain.ts';
import { maxFindings, type AuditFinding, type AuditPlace, type AuditReport } from './report.ts';
import { faultsBetween, type FoundLine } from './segment.ts';
import { Told } from './told.ts';

/** What the verdict starts from, and must come to. */
export interface Expected {
  readonly keyring: VerificationKeys;
  readonly from: AuditHead | undefined;
  readonly head: AuditHead | undefined;
}

/** Looks at one line after another, and judges those between two signatures together. */
export class Verification {
  readonly #expected: Expected;
  /** The log that is expected, or that a signature names; and the one that a line claims. */
  #log: string | undefined;
  #claimed: string | undefined;
  /** The last line that is proven, and the last one that was read. */
  #proven: Link;
  #last: Link;
  #straight = true;
  #found: FoundLine[] = [];
  #unreadable: FoundLine[] = [];
  #unsigned: AuditFinding[] = [];
  #findings: AuditFinding[] = [];
  readonly #told = new Told();
  #lines = 0;
  #checkpoints = 0;
  #headSeen = false;
  #endsInLine = false;
  #place: AuditPlace = { file: '', line: 0 };

  constructor(expected: Expected) {
    this.#expected = expected;
    const { from, head } = expected;
    this.#log = (from ?? head)?.log;
    this.#proven = from ?? { sequence: 0, sha256: noLine };
    this.#last = this.#proven;
    this.#headSeen = head === undefined || (from !== undefined && isSame(from, head));
  }

  async take(file: string, number: number, raw: RawLine): Promise<void> {
    this.#lines += 1;
    this.#place = { file, line: number };
    const line = raw.bytes === undefined ? undefined : readLine(raw.bytes);
    const found = { ...this.#place, sequence: line?.sequence, prev: line?.prev, sha256: raw.sha256 };
    if (line === undefined) {
      this.#unreadable.push(found);
      this.#endsInLine = !raw.ended;
      return;
    }
    const pieces = this.#unreadable.map(({ sha256 }) => sha256);
    if (pieces.length > 0 && tellsOf(line, pieces)) this.#passTorn();
    this.#keepUnreadable();
    this.#endsInLine = false;
    const link = { sequence: line.sequence, sha256: raw.sha256 };
    const { head } = this.#expected;
    if (head !== undefined && isSame(link, head)) this.#headSeen = true;
    if (raw.bytes !== undefined && line.checkpointOf !== undefined && (await this.#isProven(line, raw.bytes, found))) {
      this.#close({ sequence: line.sequence - 1, sha256: line.prev }, found);
      this.#checkpoints += 1;
      this.#log = line.checkpointOf;
      this.#proven = link;
    } else {
      if (!follows(line, this.#last)) this.#straight = false;
      this.#found.push(found);
      const { type, log } = line.members;
      if (type === 'opened' && isLog(log)) this.#claimed ??= log;
      this.#told.by(line, found);
    }
    this.#last = link;
  }

  report(): AuditReport {
    // Nobody has written on since.
    if (this.#endsInLine) this.#passTorn();
    this.#keepUnreadable();
    const unsignedTail = this.#found.length;
    const signed = this.#checkpoints > 0 ? this.#headOf(this.#proven) : undefined;
    this.#closeTail();
    const findings = this.#headSeen ? this.#findings : [...this.#findings, this.#missingHead()];
    return {
      intact: findings.length === 0,
      findings,
      lines: this.#lines,
      checkpoints: this.#checkpoints,
      signed,
      unsignedTail,
      head: this.#lines === 0 ? undefined : this.#headOf(this.#last),
      ...this.#told.report,
    };
  }

  /** Whether a trusted key signed this checkpoint, of this log, and it comes after what is proven already. */
  async #isProven({ checkpointOf, sequence }: ReadLine, bytes: Uint8Array, found: FoundLine): Promise<boolean> {
    try {
      await verifyCheckpoint(this.#expected.keyring, bytes);
    } catch (error) {
      if (!isArtifactError(error) || error.retryable || error.code === 'CONFIGURATION') throw error;
      this.#unsigned.push({ code: 'UNSIGNED', file: found.file, line: found.line, sequence, reason: error.code });
      return false;
    }
    return (this.#log === undefined || this.#log === checkpointOf) && sequence > this.#proven.sequence;
  }

  #close(last: Link, after: AuditPlace): void {
    const straight = this.#straight && isSame(this.#last, last);
    const faults = straight ? [] : faultsBetween(this.#proven, this.#found, last, after);
    const told = new Set(faults.map(placeOf));
    const found = [...faults, ...this.#unsigned.filter((each) => !told.has(placeOf(each)))];
    this.#findings.push(...found.slice(0, maxFindings - this.#findings.length));
    this.#found = [];
    this.#unsigned = [];
    this.#straight = true;
  }

  /** Nothing proves the last lines but a head that is expected; without one the last of them is taken for what it is. */
  #closeTail(): void {
    const { head } = this.#expected;
    const at = this.#found.findIndex(({ sequence, sha256 }) => sequence === head?.sequence && sha256 === head?.sha256);
    if (!this.#straight && head !== undefined && at !== -1) {
      const rest = this.#found.splice(at + 1);
      this.#close(head, this.#place);
      this.#proven = head;
      this.#found = rest;
      this.#straight = false;
    }
    let last = this.#proven;
    for (const { sequence, sha256 } of this.#found)
      if (sequence !== undefined && sequence > last.sequence) last = { sequence, sha256 };
    this.#close(last, this.#place);
  }

  #missingHead(): AuditFinding {
    const head = this.#expected.head as AuditHead;
    const count = head.sequence - this.#last.sequence;
    if (count <= 0 || (this.#log !== undefined && this.#log !== head.log))
      return { code: 'REPLACED', ...this.#place, sequence: head.sequence };
    return { code: 'TRUNCATED', ...this.#place, sequence: this.#last.sequence + 1, count };
  }

  /** What was cut by a crash is no line of the log, and not wrong. */
  #passTorn(): void {
    this.#told.tear(this.#unreadable);
    this.#unreadable = [];
  }

  #keepUnreadable(): void {
    if (this.#unreadable.length === 0) return;
    this.#found.push(...this.#unreadable);
    this.#straight = false;
    this.#unreadable = [];
  }

  #headOf({ sequence, sha256 }: Link): AuditHead {
    return { log: this.#log ?? this.#claimed ?? '', sequence, sha256 };
  }
}

function placeOf({ file, line }: AuditPlace): string {
  return `${line} ${file}`;
}

function isSame(one: Link, other: Link): boolean {
  return one.sequence === other.sequence && one.sha256 === other.sha256;
}
