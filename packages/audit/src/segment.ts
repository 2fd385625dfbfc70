import type { Link } from './line.ts';
import type { AuditFinding, AuditFindingCode, AuditPlace } from './report.ts';

/** A line as it was found, which proves nothing yet. */
export interface FoundLine extends AuditPlace {
  /** Absent when it cannot be read. */
  readonly prev?: string | undefined;
  readonly sha256: string;
}

/**
 * What is wrong between two lines that are known. The last one names the one before it by its digest, and that one the next: so
 * the lines that were written are found from the end, wherever they stand. Where one is missing, what stands in its place was
 * edited, or it was deleted; the line before it then counts by its number, unproven. What is left over was inserted.
 *
 * @param after - The place after the last line.
 */
export function faultsBetween(
  before: Link,
  found: readonly FoundLine[],
  last: Link,
  after: AuditPlace,
): AuditFinding[] {
  return new Segment(before, found, after).judge(last);
}

class Segment {
  readonly #before: Link;
  readonly #found: readonly FoundLine[];
  readonly #after: AuditPlace;
  readonly #byDigest: ReadonlyMap<string, number>;
  readonly #byNumber = new Map<number, Set<number>>();
  /** Lines that stand for a number, the last number first. */
  readonly #places: number[] = [];
  readonly #taken = new Set<number>();
  readonly #edited = new Set<number>();
  readonly #findings: (readonly [at: number, finding: AuditFinding])[] = [];

  constructor(before: Link, found: readonly FoundLine[], after: AuditPlace) {
    this.#before = before;
    this.#found = found;
    this.#after = after;
    this.#byDigest = new Map(found.map(({ sha256 }, index) => [sha256, index]));
    for (const [index, { sequence }] of found.entries()) {
      if (sequence === undefined) continue;
      const same = this.#byNumber.get(sequence) ?? new Set();
      this.#byNumber.set(sequence, same.add(index));
    }
  }

  judge({ sequence: last, sha256 }: Link): AuditFinding[] {
    let digest: string | undefined = sha256;
    for (let sequence = last; sequence > this.#before.sequence;) {
      const index = this.#written(sequence, digest) ?? this.#inPlaceOf(sequence, digest);
      if (index === undefined) {
        const next = this.#highestBelow(sequence);
        this.#tell('DELETED', this.#places.at(-1), next + 1, sequence - next);
        sequence = next;
        digest = undefined;
      } else {
        this.#take(index, sequence);
        digest = this.#namedBy(index);
        sequence -= 1;
      }
    }
    this.#judgeFirst(digest);
    this.#judgeRest();
    return this.#findings.toSorted(([one], [other]) => one - other).map(([, finding]) => finding);
  }

  /** The very line, by its digest. */
  #written(sequence: number, digest: string | undefined): number | undefined {
    const index = digest === undefined ? undefined : this.#byDigest.get(digest);
    if (index === undefined || this.#taken.has(index)) return undefined;
    return this.#found[index]?.sequence === sequence ? index : undefined;
  }

  /** What was made of a line whose digest is known, or what has the number of one whose digest is not. */
  #inPlaceOf(sequence: number, digest: string | undefined): number | undefined {
    const [ofNumber] = this.#byNumber.get(sequence) ?? [];
    if (digest === undefined) return ofNumber;
    const index = ofNumber ?? this.#foreignBefore(this.#places.at(-1) ?? this.#found.length, sequence);
    if (index !== undefined) {
      this.#edited.add(index);
      this.#tell('EDITED', index, sequence);
    }
    return index;
  }

  /** The line that stands before, unless it is one that another number will ask for. */
  #foreignBefore(place: number, sequence: number): number | undefined {
    const index = place - 1;
    if (index < 0 || this.#taken.has(index)) return undefined;
    const number = this.#found[index]?.sequence;
    const asked = number !== undefined && number > this.#before.sequence && number < sequence;
    return asked && this.#byNumber.get(number)?.size === 1 ? undefined : index;
  }

  #take(index: number, sequence: number): void {
    this.#taken.add(index);
    this.#places.push(index);
    this.#byNumber.get(this.#found[index]?.sequence ?? sequence)?.delete(index);
  }

  /** What an edited line says of the one before it is believed as far as there is such a line. */
  #namedBy(index: number): string | undefined {
    const prev = this.#found[index]?.prev;
    return prev !== undefined && this.#edited.has(index) && !this.#byDigest.has(prev) ? undefined : prev;
  }

  #highestBelow(sequence: number): number {
    let highest = this.#before.sequence;
    for (const [number, { size }] of this.#byNumber) {
      if (size > 0 && number < sequence && number > highest) highest = number;
    }
    return highest;
  }

  /** The first line names the last one of what is known to stand before. */
  #judgeFirst(digest: string | undefined): void {
    const first = this.#places.at(-1);
    if (first === undefined || digest === undefined || digest === this.#before.sha256 || this.#edited.has(first))
      return;
    this.#edited.add(first);
    this.#tell('EDITED', first);
  }

  #judgeRest(): void {
    for (const [index, { sequence }] of this.#found.entries()) {
      if (!this.#taken.has(index)) this.#tell(sequence === undefined ? 'UNREADABLE' : 'INSERTED', index);
    }
    const inOrder = this.#places.toReversed();
    for (const [rank, index] of inOrder.toSorted((one, other) => one - other).entries()) {
      if (inOrder[rank] !== index && !this.#edited.has(index)) this.#tell('REORDERED', index);
    }
  }

  #tell(code: AuditFindingCode, at = this.#found.length, number?: number, count?: number): void {
    const { file, line, sequence } = this.#found[at] ?? this.#after;
    const finding = { code, file, line, sequence: number ?? sequence };
    this.#findings.push([at, count === undefined ? finding : { ...finding, count }]);
  }
}
