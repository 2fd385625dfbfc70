import { brokenAborts } from './aborts.test-helper.ts';
import { brokenArtifacts } from './artifacts.test-helper.ts';
import { brokenBodies } from './bodies.test-helper.ts';
import { brokenBytes } from './bytes.test-helper.ts';
import { brokenConditions } from './conditions.test-helper.ts';
import { brokenDeletes } from './deletes.test-helper.ts';
import { brokenFailures } from './failures.test-helper.ts';
import { brokenHandles } from './handles.test-helper.ts';
import { brokenKeys } from './keys.test-helper.ts';
import { brokenLists } from './lists.test-helper.ts';
import { brokenNamespaces } from './namespaces.test-helper.ts';
import { brokenQuotas } from './quotas.test-helper.ts';
import { brokenRaces } from './races.test-helper.ts';
import { brokenRanges } from './ranges.test-helper.ts';
import { brokenSweeps } from './sweeps.test-helper.ts';
import { brokenVersions } from './versions.test-helper.ts';
import { brokenWrites } from './writes.test-helper.ts';

export const brokenBackends = [
  ...brokenBytes,
  ...brokenRanges,
  ...brokenVersions,
  ...brokenBodies,
  ...brokenWrites,
  ...brokenFailures,
  ...brokenConditions,
  ...brokenRaces,
  ...brokenDeletes,
  ...brokenLists,
  ...brokenKeys,
  ...brokenAborts,
  ...brokenHandles,
  ...brokenArtifacts,
  ...brokenNamespaces,
  ...brokenQuotas,
  ...brokenSweeps,
];
