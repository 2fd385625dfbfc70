import { debuglog } from 'node:util';

import { isArtifactError } from './errors.ts';

/** One line per operation and storage call on stderr, when `NODE_DEBUG` names `artifacts`. Never content or metadata. */
export const debug = debuglog('artifacts');

export function describeOutcome(outcome: unknown, durationMs: number): string {
  return `${outcomeText(outcome)} in ${durationMs.toFixed(1)} ms`;
}

function outcomeText(outcome: unknown): string {
  if (outcome === undefined) return 'ok';
  if (typeof outcome === 'string') return outcome;
  // An unclassified error's own message could quote anything.
  return isArtifactError(outcome) ? outcome.code : 'failed';
}
