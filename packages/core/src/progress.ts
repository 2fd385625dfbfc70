import { invalidArgument } from './errors.ts';
import type { Observers } from './events.ts';

/** How far an upload or a read has come, in bytes. */
export interface Progress {
  readonly bytes: number;
  /** Where it will end, when that is known before. */
  readonly total?: number | undefined;
}

/** Watches, and can neither change nor break what it watches: what it throws becomes a warning of the process. */
export type OnProgress = (progress: Progress) => void;

/** @throws `INVALID_ARGUMENT` */
export function requireProgress(onProgress: unknown): void {
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw invalidArgument('onProgress', 'onProgress is not a function');
}

/** Tells a caller who wants to know. */
export function progressTo(
  observers: Observers,
  onProgress: OnProgress | undefined,
  total: number | undefined,
): (bytes: number) => void {
  if (onProgress === undefined) return () => undefined;
  return (bytes) => observers.tell(() => onProgress({ bytes, total }));
}
