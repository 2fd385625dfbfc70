import type { Rule } from './rule.ts';
import { lifetimeRules } from './store-rules/lifetimes.ts';
import { artifactListingRules } from './store-rules/listings.ts';
import { movingRules } from './store-rules/moving.ts';
import { namespaceRules } from './store-rules/namespaces.ts';
import { quotaRules } from './store-rules/quotas.ts';
import { rangeOfArtifactRules } from './store-rules/ranges.ts';
import { refusalRules } from './store-rules/refusals.ts';
import { rememberedRecordRules } from './store-rules/remembered.ts';
import { roundTripRules } from './store-rules/round-trips.ts';
import { tamperingRules } from './store-rules/tampering.ts';
import { scriptRules } from './store-rules/script.ts';
import { sweepRules } from './store-rules/sweeps.ts';
import { artifactVersionRules } from './store-rules/versions.ts';

/**
 * Every promise of `ArtifactStore` on top of a backend. A rule of this list makes its stores itself, on the handles that
 * `harness.open()` gives, with keys, clock and limits of its own; everything else is as with the contract's rules.
 */
export const storeRules: readonly Rule[] = [
  ...roundTripRules,
  ...rangeOfArtifactRules,
  ...tamperingRules,
  ...artifactVersionRules,
  ...lifetimeRules,
  ...artifactListingRules,
  ...namespaceRules,
  ...rememberedRecordRules,
  ...quotaRules,
  ...movingRules,
  ...sweepRules,
  ...refusalRules,
  ...scriptRules,
];
