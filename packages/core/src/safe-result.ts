import { isArtifactError, type ArtifactError } from './errors.ts';

/** What a `safe` operation gives. It never throws an `ArtifactError`; an abort still rejects with the caller's reason. */
export type SafeResult<Success extends object = object> = (SafeSuccess & Success) | SafeFailure;

/** Beside what the operation gives. */
export interface SafeSuccess {
  readonly success: true;
  readonly durationMs: number;
}

export interface SafeFailure {
  readonly success: false;
  readonly error: ArtifactError;
  /** The message of `error`. */
  readonly errorMessage: string;
  readonly durationMs: number;
}

/** The outcome of `work` as a value. @throws the reason of `signal`, and whatever is no `ArtifactError` */
export async function settled<Success extends object>(
  monotonic: () => number,
  signal: AbortSignal | undefined,
  work: () => Promise<Success>,
): Promise<SafeResult<Success>> {
  const startedAt = monotonic();
  try {
    const success = await work();
    return { success: true, durationMs: monotonic() - startedAt, ...success };
  } catch (error) {
    // The reason of an abort may be an `ArtifactError`, too.
    if (!isArtifactError(error) || (signal?.aborted === true && error === signal.reason)) throw error;
    return { success: false, error, errorMessage: error.message, durationMs: monotonic() - startedAt };
  }
}
