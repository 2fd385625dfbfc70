import { passes } from './failures.ts';
import type { Medium } from './medium.ts';
import { S3Failure } from './s3-failure.ts';

const maxAttempts = 5;
/** A reader disturbs nobody, and an object that is written all the time would else never be read. */
const maxReadAttempts = 12;
/** Fewer, where the server may as well have failed: all that can be in the way of a reader on Ceph 16. */
const maxFailedReadAttempts = 9;
const firstPauseMs = 20;
const maxDoublings = 4;

/** Makes a request that may be made again after a failure that passes. `onFailure` is told of each of those. */
export function patiently<T>(
  medium: Medium,
  signal: AbortSignal | undefined,
  request: () => Promise<T>,
  onFailure: () => void = () => undefined,
): Promise<T> {
  const again = (error: unknown, attempt: number): boolean => attempt < maxAttempts && passes(error, medium.settings);
  return repeated(medium, signal, request, again, onFailure);
}

/**
 * Makes a request again that was refused because another one changes the object just now: the server's word that this one was
 * not carried out.
 */
export function undisturbed<T>(
  medium: Medium,
  signal: AbortSignal | undefined,
  request: () => Promise<T>,
  onConflict: () => void = () => undefined,
): Promise<T> {
  const again = (error: unknown, attempt: number): boolean => attempt < maxAttempts && hasStatus(error, 409);
  return repeated(medium, signal, request, again, onConflict);
}

/**
 * Makes a request again that only reads and met a change of its object: Ceph 20 says 409 to that. Ceph 16 says 500, which is also what
 * a server says that fails.
 */
export function undisturbedRead<T>(
  medium: Medium,
  signal: AbortSignal | undefined,
  request: () => Promise<T>,
): Promise<T> {
  const again = (error: unknown, attempt: number): boolean =>
    (attempt < maxReadAttempts && hasStatus(error, 409)) || (attempt < maxFailedReadAttempts && hasStatus(error, 500));
  return repeated(medium, signal, request, again, () => undefined);
}

function hasStatus(error: unknown, status: number): boolean {
  return error instanceof S3Failure && error.status === status;
}

/** With growing, random pauses. */
async function repeated<T>(
  { pause }: Medium,
  signal: AbortSignal | undefined,
  request: () => Promise<T>,
  again: (error: unknown, attempt: number) => boolean,
  onFailure: () => void,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      if (!again(error, attempt)) throw error;
      onFailure();
    }
    await pause(firstPauseMs * 2 ** Math.min(attempt, maxDoublings) * (0.5 + Math.random() / 2), signal);
  }
}
