import type { Scheduler } from 'fast-check';

import { Aftermath } from './aftermath.ts';
import { askingBackend, type Ask } from './asking-backend.ts';
import type { Answer } from './call.ts';
import type { Ending } from './check.ts';
import { type Role, storeOf } from './client.ts';
import { initialMedium, type InitialState } from './initial-states.ts';
import type { Event } from './linearise.ts';
import { type Behaviour, Media } from './medium.ts';
import type { Operation } from './operations.ts';
import { outcomeOf, Viewer } from './view.ts';

/** What befalls an operation at one of its storage calls, counted from 1. */
export interface Mishap {
  readonly at: number;
  readonly kind: 'crash before' | 'crash after' | 'request lost' | 'answer lost';
}

export interface Racer {
  readonly operation: Operation;
  readonly mishap: Mishap | undefined;
}

const roles: readonly Role[] = ['a', 'b', 'c', 'd'];
const everything = { createIfAbsent: true, compareAndSwap: true, conditionalDelete: true };
const unavailable: Answer = { kind: 'failed', code: 'UNAVAILABLE' };
const crashed = Symbol('crashed');

/** Runs a race in the order that the scheduler chooses: when each begins, when each call takes place, when its answer arrives. */
export async function scheduledRace(
  scheduler: Scheduler,
  state: InitialState,
  racers: readonly Racer[],
  behaviour: Behaviour,
): Promise<Ending> {
  const media = new Media();
  const viewer = new Viewer(media);
  let medium = await initialMedium(media, state);
  const { artifact: initial, revision = '10'.repeat(16) } = await viewer.view(medium);
  const ended = new Set<number>();
  const turn = (what: string) => scheduler.schedule(Promise.resolve(), what);

  const run = async ({ operation, mishap }: Racer, index: number): Promise<Event> => {
    const role = roles[index] ?? 'z';
    await turn(`${role} begins to ${operation.name}`);
    const after = new Set(ended);
    let calls = 0;
    let crash = (): void => {};
    const crashing = new Promise<typeof crashed>((resolve) => {
      crash = () => resolve(crashed);
    });
    const ask: Ask = async (call) => {
      calls += 1;
      const kind = calls === mishap?.at ? mishap.kind : undefined;
      await turn(`${role} asks: ${call.kind}`);
      // Nothing that a dead process asks for takes place.
      if (kind === 'crash before') crash();
      if (kind === 'crash before' || (mishap?.kind.startsWith('crash') === true && calls > mishap.at))
        return unavailable;
      if (kind === 'request lost') return unavailable;
      const step = behaviour(media, medium, call);
      medium = step.medium;
      if (kind === 'crash after') crash();
      if (kind !== undefined) return unavailable;
      await turn(`${role} is answered`);
      return step.answer;
    };
    const store = storeOf(role, askingBackend(everything, ask), undefined, operation.signsWith);
    const outcome = await Promise.race([outcomeOf(() => operation.run(store, role, revision)), crashing]);
    if (outcome !== crashed) ended.add(index);
    return { operation, role, outcome: outcome === crashed ? undefined : outcome, after };
  };

  const events = await scheduler.waitFor(Promise.all(racers.map(run)));
  // Those that crashed ask on without effect.
  await scheduler.waitIdle();
  const disturbed = racers.some(({ mishap }) => mishap !== undefined);
  const aftermath = new Aftermath(media, everything);
  return { events, initial, medium, view: await viewer.view(medium), later: () => aftermath.of(medium), disturbed };
}
