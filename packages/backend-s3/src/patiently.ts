import { pause } from './abort.ts';
import { passes } from './failures.ts';
import type { Medium } from './medium.ts';
import { S3Failure } from './s3-failure.ts';

const maxAttempts = 5;
const firstPauseMs = 20;

/** Makes a request that may be made twice again after a failure that passes. `onFailure` is told of each of those. */
export function patiently<T>(
  { settings }: Medium,
  signal: AbortSignal | undefined,
  request: () => Promise<T>,
  onFailure: () => void = () => undefined,
): Promise<T> {
  return repeated(signal, request, (error) => passes(error, settings), onFailure);
}

/**
 * Makes a request again that was refused because another one changes the object just now: the server's word that this one was
 * not carried out. Some say it to reads, too.
 */
export function undisturbed<T>(
  signal: AbortSignal | undefined,
  request: () => Promise<T>,
  onConflict: () => void = () => undefined,
): Promise<T> {
  return repeated(signal, request, (error) => error instanceof S3Failure && error.status === 409, onConflict);
}

/** With growing, random pauses. */
async function repeated<T>(
  signal: AbortSignal | undefined,
  request: () => Promise<T>,
  again: (error: unknown) => boolean,
  onFailure: () => void,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request();
    } catch (error) {
      if (attempt === maxAttempts || !again(error)) throw error;
      onFailure();
    }
    await pause(firstPauseMs * 2 ** attempt * (0.5 + Math.random() / 2), signal);
  }
}
