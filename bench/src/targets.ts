import type { Race, Target } from './results.ts';
import { median, ratio } from './statistics.ts';

export function atLeast(what: string, measured: number, bound: number, unit: string, asked = true): Target {
  return { what, measured, relation: '>=', bound, unit, met: measured >= bound, asked };
}

export function atMost(what: string, measured: number, bound: number, unit: string): Target {
  return { what, measured, relation: '<=', bound, unit, met: measured <= bound, asked: true };
}

export function exactly(what: string, measured: number, bound: number, unit: string): Target {
  return { what, measured, relation: '=', bound, unit, met: measured === bound, asked: true };
}

/** How many times as fast one lane of a race is as another. */
export function timesAsFast(race: Race, name: string, than: string): number {
  return ratio(roundsOf(race, name), roundsOf(race, than));
}

/** The middle figure of one lane of a race. */
export function medianOf(race: Race, name: string): number {
  return median(roundsOf(race, name));
}

function roundsOf(race: Race, name: string): readonly number[] {
  const lane = race.lanes.find((each) => each.name === name);
  if (lane === undefined) throw new Error(`${name} is not in the race "${race.title}"`);
  return lane.rounds;
}
