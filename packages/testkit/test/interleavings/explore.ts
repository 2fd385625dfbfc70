import type { Answer, Call } from './call.ts';
import type { Aftermath } from './aftermath.ts';
import type { Check, Ending } from './check.ts';
import type { Artifact, Role } from './client.ts';
import type { Behaviour, Media, Medium } from './medium.ts';
import type { OperationTree, Progress } from './operation-tree.ts';
import type { Operation } from './operations.ts';
import { describeStep, type Taken } from './schedule.ts';
import type { Viewer } from './view.ts';

/** One of the operations that race. */
export interface Racer {
  readonly role: Role;
  readonly operation: Operation;
  readonly tree: OperationTree;
}

export interface Race {
  readonly media: Media;
  readonly viewer: Viewer;
  readonly aftermath: Aftermath;
  readonly behaviour: Behaviour;
  readonly racers: readonly Racer[];
  readonly medium: Medium;
  readonly initial: Artifact | undefined;
  /** How many operations may crash. */
  readonly crashes: number;
  /** How many answers may be lost, and of which calls. */
  readonly lost: { readonly count: number; readonly of: (call: Call) => boolean };
  readonly checks: readonly Check[];
}

export interface Violation {
  readonly title: string;
  readonly guarantee: Check['guarantee'];
  readonly problem: string;
  readonly schedule: readonly string[];
}

export interface Explored {
  /** Every order of all calls, crashes and losses, each counted once. */
  readonly schedules: number;
  readonly states: number;
  readonly endings: number;
  /** The shortest schedule that breaks each check. */
  readonly violations: readonly Violation[];
}

interface PossibleAnswer {
  readonly medium: Medium;
  readonly answer: Answer;
  readonly loses: 'request' | 'answer' | undefined;
}

const unavailable: Answer = { kind: 'failed', code: 'UNAVAILABLE' };

/** The race at one moment: what lies in storage, and how far everybody is. */
interface State {
  readonly medium: Medium;
  readonly progress: readonly Progress[];
  readonly crashed: number;
  readonly losses: number;
  /** Who had ended before each racer began; `undefined` until it does. */
  readonly after: readonly (number | undefined)[];
  readonly parent: State | undefined;
  /** What led here from the parent. */
  readonly step: Taken | undefined;
  /** How many schedules lead here. */
  schedules: number;
}

/**
 * Explores every schedule. Two schedules that lead to the same storage with everybody equally far go on alike, so each
 * such state is explored once; that is exact, and the number of schedules is still counted.
 */
export async function explore(race: Race): Promise<Explored> {
  const roots = await Promise.all(race.racers.map(({ tree }) => tree.root()));
  let level = new Map<string, State>();
  const begin: State = {
    medium: race.medium,
    progress: roots,
    crashed: 0,
    losses: 0,
    after: roots.map(() => undefined),
    parent: undefined,
    step: undefined,
    schedules: 1,
  };
  level.set(keyOf(begin), begin);
  const sum = { schedules: 0, states: 0, endings: 0 };
  const violations = new Map<string, Violation>();
  // Every step leads one level down, so the first violation found is a shortest one.
  while (level.size > 0) {
    const next = new Map<string, State>();
    for (const state of level.values()) {
      sum.states += 1;
      const steps = await stepsFrom(race, state);
      for (const step of steps) {
        const key = keyOf(step);
        const known = next.get(key);
        if (known === undefined) next.set(key, step);
        else known.schedules += step.schedules;
      }
      if (steps.length > 0) continue;
      sum.endings += 1;
      sum.schedules += state.schedules;
      await judge(race, state, violations);
    }
    level = next;
  }
  return { ...sum, violations: [...violations.values()] };
}

async function stepsFrom(race: Race, state: State): Promise<State[]> {
  const steps: State[] = [];
  for (const [index, { tree }] of race.racers.entries()) {
    const at = state.progress[index];
    if (at?.call === undefined || isSet(state.crashed, index)) continue;
    const after = state.after.with(index, state.after[index] ?? ended(state));
    for (const { medium, answer, loses } of answersTo(race, state, at.call)) {
      const then = tree.known(at, answer) ?? (await tree.explore(at, answer));
      steps.push({
        medium,
        progress: state.progress.with(index, then),
        crashed: state.crashed,
        losses: loses === undefined ? state.losses : state.losses + 1,
        after,
        parent: state,
        step: { racer: index, call: at.call, answer, loses },
        schedules: state.schedules,
      });
    }
    // A crash after the last call, before the answer, leaves the same storage and promises less.
    if (countOf(state.crashed) < race.crashes) {
      const step = { racer: index, call: undefined, answer: undefined, loses: undefined };
      steps.push({ ...state, crashed: state.crashed | (1 << index), parent: state, step });
    }
  }
  return steps;
}

/** The true answer, and where one may be lost, the two ways to lose it. */
function answersTo(race: Race, { medium, losses }: State, call: Call): PossibleAnswer[] {
  const applied = race.behaviour(race.media, medium, call);
  const answers: PossibleAnswer[] = [{ ...applied, loses: undefined }];
  if (losses >= race.lost.count || !race.lost.of(call)) return answers;
  answers.push({ medium, answer: unavailable, loses: 'request' });
  if (applied.medium !== medium) answers.push({ medium: applied.medium, answer: unavailable, loses: 'answer' });
  return answers;
}

async function judge(race: Race, state: State, violations: Map<string, Violation>): Promise<void> {
  const ending: Ending = {
    events: race.racers.map(({ operation, role }, index) => ({
      operation,
      role,
      outcome: isSet(state.crashed, index) ? undefined : state.progress[index]?.outcome,
      after: new Set([...race.racers.keys()].filter((other) => isSet(state.after[index] ?? 0, other))),
    })),
    initial: race.initial,
    medium: state.medium,
    view: await race.viewer.view(state.medium),
    later: () => race.aftermath.of(state.medium),
    disturbed: state.crashed !== 0 || state.losses > 0,
  };
  for (const check of race.checks) {
    const { title, guarantee } = check;
    if (violations.has(title)) continue;
    const problem = await check.broken(ending);
    if (problem !== undefined) violations.set(title, { title, guarantee, problem, schedule: scheduleOf(race, state) });
  }
}

function scheduleOf({ racers }: Race, state: State): string[] {
  const outcomes = racers.map(
    ({ role, operation }, index) => `${role}: ${operation.name}: ${JSON.stringify(state.progress[index]?.outcome)}`,
  );
  const steps: string[] = [];
  for (let at: State | undefined = state; at?.step !== undefined; at = at.parent) {
    steps.push(`${racers[at.step.racer]?.role}: ${describeStep(at.step)}`);
  }
  return [...outcomes, ...steps.toReversed()];
}

function keyOf({ medium, progress, crashed, losses, after }: State): string {
  return `${medium.id} ${progress.map(({ id }) => id).join(' ')} ${crashed} ${losses} ${after.join(' ')}`;
}

function ended({ progress, crashed }: State): number {
  return progress.reduce(
    (set, { call }, index) => (call === undefined && !isSet(crashed, index) ? set | (1 << index) : set),
    0,
  );
}

function isSet(set: number, index: number): boolean {
  return (set & (1 << index)) !== 0;
}

function countOf(set: number): number {
  return set === 0 ? 0 : 1 + countOf(set & (set - 1));
}
