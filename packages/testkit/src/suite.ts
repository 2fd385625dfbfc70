import { readFileSync } from 'node:fs';

import { ArtifactError } from '@artifacts/core';

/** A minor version of the testkit: `1.0`. */
export type SuiteVersion = `${number}.${number}`;

/** The version of this package. */
export const testkitVersion = versionIn(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/** The suite in which a rule came that does not say it. */
export const firstSuite: SuiteVersion = '1.0';

/**
 * Whether a rule of the suite `since` fails a backend that was published against `suite`. A rule that came later warns
 * for the one minor version in which it came: what is `current` then.
 */
export function isBinding(since: SuiteVersion, suite: SuiteVersion | undefined, current: string): boolean {
  return suite === undefined || !isLater(since, suite) || isLater(current, since);
}

/** @throws `INVALID_ARGUMENT` */
export function checkSuite(suite: string | undefined): asserts suite is SuiteVersion | undefined {
  if (suite === undefined || /^\d{1,4}\.\d{1,4}$/.test(suite)) return;
  throw new ArtifactError('INVALID_ARGUMENT', 'a suite is a minor version of the testkit, such as 1.0', {
    field: 'suite',
  });
}

/** By major, then by minor version; what follows these does not count. */
function isLater(one: string, other: string): boolean {
  const [major = 0, minor = 0] = one.split('.').map(Number);
  const [otherMajor = 0, otherMinor = 0] = other.split('.').map(Number);
  return major === otherMajor ? minor > otherMinor : major > otherMajor;
}

function versionIn(manifest: string): string {
  const { version } = JSON.parse(manifest) as { version: string };
  return version;
}
