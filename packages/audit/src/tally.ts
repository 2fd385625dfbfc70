interface Attempt {
  readonly sequence: number;
  readonly operations: number;
  /** Whether the line is about operations that have none. */
  readonly reports: boolean;
}

/** Counts what has no line, so that a line can tell how many there are. */
export class Tally {
  #notRecorded = 0;
  #unreported = 0;
  #failures = 0;
  #warned = false;
  /** Lines that are being written, and those of which nobody knows whether they were. */
  #attempts: Attempt[] = [];
  #doubtful: Attempt[] = [];

  /** Operations that have no line, those included of which a line tells the number. */
  get notRecorded(): number {
    return this.#notRecorded;
  }

  /** Those of which no line tells yet. */
  get unreported(): number {
    return this.#unreported;
  }

  /** How often writing or signing failed. */
  get failures(): number {
    return this.#failures;
  }

  drop(operations: number): void {
    this.#notRecorded += operations;
    this.#unreported += operations;
  }

  /** A line that nobody waits for is about to be written. */
  attempt(sequence: number): void {
    this.#attempts.push({ sequence, operations: 1, reports: false });
  }

  /** The same of a line that tells of so many operations that they have none. */
  attemptReport(sequence: number, operations: number): void {
    this.#attempts.push({ sequence, operations, reports: true });
  }

  written(): void {
    for (const { operations, reports } of this.#attempts) if (reports) this.#unreported -= operations;
    this.#attempts = [];
  }

  /** Until somebody has looked, what was attempted counts as not written. */
  unknown(): void {
    for (const { operations, reports } of this.#attempts) if (!reports) this.drop(operations);
    this.#doubtful.push(...this.#attempts);
    this.#attempts = [];
  }

  /** The lines up to `sequence` are there after all. */
  found(sequence: number): void {
    for (const attempt of this.#doubtful) {
      if (attempt.sequence > sequence) continue;
      this.#unreported -= attempt.operations;
      if (!attempt.reports) this.#notRecorded -= attempt.operations;
    }
    this.#doubtful = [];
  }

  /** Tells of the first failure, and counts the others: a log that fails for an hour must not fill another. */
  failed(what: string, error: unknown): void {
    this.#failures += 1;
    if (this.#warned) return;
    this.#warned = true;
    const why = error instanceof Error ? error.message : 'something that is not an Error';
    process.emitWarning(`${what}: ${why}; later failures are only counted`, 'ArtifactAuditWarning');
  }
}
