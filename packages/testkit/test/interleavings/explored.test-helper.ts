import assert from 'node:assert/strict';

import { afterAll, describe, test } from 'vitest';

import { allChecks } from './checks.ts';
import type { RaceState } from './initial-states.ts';
import type { Operation } from './operations.ts';
import type { RaceOptions } from './races.ts';
import { survey, type Survey } from './survey.ts';

/** One test per promise. All of them are about the same schedules, which are explored once. */
export function explored(
  title: string,
  from: readonly RaceState[],
  groups: readonly (readonly Operation[])[],
  options: RaceOptions = {},
): void {
  describe(title, () => {
    let surveying: Promise<Survey> | undefined;
    const surveyed = () => (surveying ??= survey(from, groups, options));
    for (const check of options.checks ?? allChecks) {
      test(`${check.guarantee} ${check.title}`, { timeout: 300_000 }, async () => {
        const broken = (await surveyed()).violations.find((violation) => violation.title === check.title);
        if (broken !== undefined) assert.fail([broken.problem, ...broken.schedule].join('\n'));
      });
    }
    afterAll(async () => {
      const { races, schedules, states: merged } = await surveyed();
      process.stdout.write(
        `interleavings: ${title}: ${races} races, ${schedules} schedules in ${merged} states, nothing random\n`,
      );
    });
  });
}
