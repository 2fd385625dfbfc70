import { invalidArgument, type ArtifactError } from './errors.ts';
import { problemOfInteger, requireField } from './fields.ts';
import { requireProgress } from './progress.ts';
import { requirePass, type PassOptions } from './pass-options.ts';

/** What can be wrong with a store. Programs act on the code; adding one is a minor change. */
export type FindingCode =
  /** A record that does not verify: changed, cut, of another store or id, or under a key of no id. */
  | 'BAD_RECORD'
  /** A record that only keys signed which this store does not hold: most often its keyring lacks one. */
  | 'UNKNOWN_KEY'
  /** A record that only revoked keys signed. */
  | 'REVOKED_KEY'
  /** A record of a newer release. */
  | 'UNKNOWN_VERSION'
  /** Content that a verified record names and that is not there. */
  | 'MISSING_CONTENT'
  /** Content, or its list of digests, that is not what was signed. */
  | 'WRONG_CONTENT'
  /** Content that no record names and no marker leads to: no sweep but a full one would find it. */
  | 'ORPHAN_CONTENT'
  /** Content that no record names and whose marker has been due for longer than the grace: nobody sweeps, or a sweep cannot go on. */
  | 'STALE_TEMPORARY'
  /** A ledger of quota and usage that does not verify, or that was idle and says something else than the records do. */
  | 'WRONG_LEDGER'
  /** A record that expires and that no marker leads to: no sweep would remove it. */
  | 'MISSING_EXPIRY_MARKER';

/** One thing that is wrong with a store. */
export interface Finding {
  readonly code: FindingCode;
  /** The namespace, where a whole store was verified and it is in one. */
  readonly namespace?: string | undefined;
  /** The artifact; absent when nothing tells it. */
  readonly id?: string | undefined;
  /** The object that it is about, as the backend sees it within the store or namespace. */
  readonly key: string;
  /** Why, where something was refused. */
  readonly error?: ArtifactError | undefined;
  /** Where another run may go on: behind the record at which this was found. */
  readonly cursor?: string | undefined;
}

export interface VerifyOptions extends PassOptions {
  /** Also reads all content and compares it with its digests; by default it is only looked whether it is there, long enough. */
  readonly readContent?: boolean | undefined;
  /** The share of artifacts whose content is read, drawn at random: above 0, at most 1, which it is by default. With `readContent`. */
  readonly sample?: number | undefined;
  /** The most bytes of content to read in a second, on average. With `readContent`. */
  readonly bytesPerSecond?: number | undefined;
  /** Is told after each record. Can neither change nor break anything. */
  readonly onProgress?: ((progress: VerifyProgress) => void) | undefined;
}

/** How far verifying has come. */
export interface VerifyProgress {
  readonly records: number;
  /** Bytes of content that were read. */
  readonly bytes: number;
  readonly findings: number;
  /** Where another run may go on, when this one is ended. */
  readonly cursor: string;
}

/** Checks the options before any I/O, and gives the key to go on after. @throws `INVALID_ARGUMENT` */
export function requireVerify(options: VerifyOptions): string | undefined {
  const { readContent, sample, bytesPerSecond, onProgress } = options;
  requireProgress(onProgress);
  if (readContent !== undefined && typeof readContent !== 'boolean')
    throw invalidArgument('readContent', 'readContent is not a boolean');
  if (sample !== undefined && !(typeof sample === 'number' && sample > 0 && sample <= 1))
    throw invalidArgument('sample', 'sample is no share above 0 and at most 1');
  if (bytesPerSecond !== undefined) requireField('bytesPerSecond', bytesPerSecond, problemOfInteger(bytesPerSecond, 1));
  for (const field of ['sample', 'bytesPerSecond'] as const) {
    if (options[field] !== undefined && readContent !== true)
      throw invalidArgument(field, `${field} is about content that is read: give readContent, too`);
  }
  return requirePass(options);
}
