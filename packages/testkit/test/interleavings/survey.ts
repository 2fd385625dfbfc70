import type { Explored, Violation } from './explore.ts';
import type { RaceState } from './initial-states.ts';
import type { Operation } from './operations.ts';
import { type RaceOptions, Races } from './races.ts';

/** What exploring many races came to. */
export interface Survey {
  readonly races: number;
  readonly schedules: number;
  readonly states: number;
  readonly violations: readonly Violation[];
}

/** Explores each of `groups` from each of `states`. Of each broken check the shortest schedule is kept. */
export async function survey(
  states: readonly RaceState[],
  groups: readonly (readonly Operation[])[],
  options: RaceOptions,
): Promise<Survey> {
  const sum = { races: 0, schedules: 0, states: 0 };
  const violations = new Map<string, Violation>();
  for (const state of states) {
    const races = new Races(state, options);
    for (const group of groups) {
      const explored = await races.explore(group);
      sum.races += 1;
      sum.schedules += explored.schedules;
      sum.states += explored.states;
      keepShortest(violations, explored, state);
    }
    races.dispose();
  }
  return { ...sum, violations: [...violations.values()] };
}

function keepShortest(violations: Map<string, Violation>, explored: Explored, state: RaceState): void {
  for (const violation of explored.violations) {
    const { title, schedule } = violation;
    const known = violations.get(title);
    if (known !== undefined && known.schedule.length <= schedule.length + 1) continue;
    violations.set(title, { ...violation, schedule: [`initially: ${state}`, ...schedule] });
  }
}
