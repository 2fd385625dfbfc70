import type { Rule } from './rule.ts';
import { abortRules } from './rules/abort.ts';
import { abortWriteRules } from './rules/abort-writes.ts';
import { bodyRules } from './rules/bodies.ts';
import { bytesRules } from './rules/bytes.ts';
import { conditionRules } from './rules/conditions.ts';
import { deleteRules } from './rules/delete.ts';
import { denialRules } from './rules/denials.ts';
import { errorRules } from './rules/errors.ts';
import { failureRules } from './rules/failure.ts';
import { handleRules } from './rules/handles.ts';
import { keyRules } from './rules/keys.ts';
import { listRules } from './rules/list.ts';
import { listingRules } from './rules/listings.ts';
import { overlapRules } from './rules/overlap.ts';
import { ownershipRules } from './rules/ownership.ts';
import { pageRules } from './rules/pages.ts';
import { processRules } from './rules/processes.ts';
import { raceRules } from './rules/races.ts';
import { rangeRules } from './rules/ranges.ts';
import { replaceRules } from './rules/replace.ts';
import { shapeRules } from './rules/shape.ts';
import { unfinishedRules } from './rules/unfinished.ts';
import { versionRules } from './rules/versions.ts';

/** Every promise of `ArtifactBackend`. A backend that keeps its part holds them all. */
export const contractRules: readonly Rule[] = [
  ...shapeRules,
  ...bytesRules,
  ...ownershipRules,
  ...rangeRules,
  ...versionRules,
  ...replaceRules,
  ...failureRules,
  ...conditionRules,
  ...denialRules,
  ...deleteRules,
  ...listRules,
  ...listingRules,
  ...pageRules,
  ...keyRules,
  ...errorRules,
  ...abortRules,
  ...abortWriteRules,
  ...bodyRules,
  ...unfinishedRules,
  ...handleRules,
  ...overlapRules,
  ...raceRules,
  ...processRules,
];
