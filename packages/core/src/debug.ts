import { debuglog } from 'node:util';

import { isArtifactError } from './errors.ts';

/** One line per operation and storage call on stderr, when `NODE_DEBUG` names `artifacts`. Never content or metadata. */
export const debug = debuglog('artifacts');

export function describeOutcome(outcome: string, durationMs: number): string {
  return `${outcome} in ${durationMs.toFixed(1)} ms`;
}

/** What to say of a failure. Anything but a code could quote something: a message, and the reason of an abort, too. */
export function describeFailure(failure: unknown): string {
  if (failure === undefined) return 'ok';
  return isArtifactError(failure) ? failure.code : 'failed';
}
