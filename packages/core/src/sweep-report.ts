import type { ArtifactError } from './errors.ts';

const maxEntries = 1000;

/** Something that a sweep removed, or would remove in a dry run. */
export interface SweptObject {
  readonly what: 'artifact' | 'content' | 'tombstone';
  /**
   * An artifact has `expired`. Content was `replaced` by another version, left behind when its artifact was `deleted`, or is
   * `unreferenced`: nothing is there that could name it. The tombstone of a `deleted` artifact is no longer needed.
   */
  readonly why: 'expired' | 'replaced' | 'deleted' | 'unreferenced';
  /** None where only the content is left, and so nothing that tells whose it was. */
  readonly id?: string | undefined;
  readonly namespace?: string | undefined;
  /** Bytes of content. */
  readonly bytes: number;
}

/** Something that was due and had to stay. */
export interface KeptObject {
  /** What its marker claims, and nothing more than a claim. None where only the content is left. */
  readonly id?: string | undefined;
  readonly namespace?: string | undefined;
  /** `unsupported` where the backend has no condition to remove it under; `failed` where the storage refused. */
  readonly why: 'retained' | 'unverifiable' | 'unsupported' | 'failed';
  /** None where it is retained. */
  readonly error?: ArtifactError | undefined;
}

/** Exact, whatever is listed beside them. */
export interface SweepCounts {
  readonly artifacts: number;
  readonly contents: number;
  readonly tombstones: number;
  /** Markers that lead to nothing any more. */
  readonly markers: number;
  /** Bytes of content that was removed. */
  readonly bytes: number;
  /** What was due and had to stay. */
  readonly kept: number;
  /** What a `full` sweep found that nothing names and no marker leads to; it is left to a sweep after the grace. */
  readonly announced: number;
}

export interface SweepReport {
  /** Whether nothing was changed, and this is what a sweep would do. */
  readonly dryRun: boolean;
  readonly counts: SweepCounts;
  /** The first 1,000; `onProgress` is told of all. */
  readonly removed: readonly SweptObject[];
  /** The first 1,000. */
  readonly kept: readonly KeptObject[];
  /** Given when there is more that is due. */
  readonly cursor?: string;
}

/** What happened since `onProgress` was called before, and the counts so far. */
export type SweepProgress = Pick<SweepReport, 'counts' | 'removed' | 'kept'>;

/** What became of one marker. */
export interface Verdict {
  readonly removed: readonly SweptObject[];
  readonly kept?: KeptObject | undefined;
  /** Whether the marker is gone, or another has taken its place. */
  readonly settled: boolean;
}

/** Adds up what a sweep does, in memory that does not grow with it. */
export class SweepTally {
  readonly #counts = { artifacts: 0, contents: 0, tombstones: 0, markers: 0, bytes: 0, kept: 0, announced: 0 };
  readonly #removed: SweptObject[] = [];
  readonly #kept: KeptObject[] = [];

  get counts(): SweepCounts {
    return { ...this.#counts };
  }

  /** How many more markers may be settled. */
  room(limit: number): number {
    return limit - this.#counts.markers;
  }

  add(verdicts: readonly Verdict[]): SweepProgress {
    const removed = verdicts.flatMap((verdict) => verdict.removed);
    const kept = verdicts.flatMap((verdict) => verdict.kept ?? []);
    for (const { what, bytes } of removed) {
      this.#counts[`${what}s`] += 1;
      this.#counts.bytes += bytes;
    }
    this.#counts.kept += kept.length;
    this.#counts.markers += verdicts.filter(({ settled }) => settled).length;
    this.#removed.push(...removed.slice(0, maxEntries - this.#removed.length));
    this.#kept.push(...kept.slice(0, maxEntries - this.#kept.length));
    return { counts: this.counts, removed, kept };
  }

  /** What a full sweep found beside the markers. */
  find(announced: number, kept: readonly KeptObject[]): SweepProgress {
    this.#counts.announced += announced;
    return this.add(kept.map((entry) => ({ removed: [], kept: entry, settled: false })));
  }

  report(dryRun: boolean, cursor: string | undefined): SweepReport {
    const { counts } = this;
    const rest = cursor === undefined ? {} : { cursor };
    return { dryRun, counts, removed: this.#removed, kept: this.#kept, ...rest };
  }
}
