import { existsSync, readFileSync } from 'node:fs';

import type { Suite } from './bench.ts';
import type { Settings } from './settings.ts';

const machineFile = '/proc/stat';

/** The same suite, which also tells how busy the rest of the machine was meanwhile. */
export function besideOthers<S extends Settings>(suite: Suite<S>): Suite<S> {
  return {
    name: suite.name,
    async run(settings, scratch) {
      const before = ticksSpent();
      const result = await suite.run(settings, scratch);
      return { ...result, about: [...result.about, description(before, ticksSpent())] };
    },
  };
}

interface Ticks {
  readonly all: number;
  readonly idle: number;
  readonly own: number;
}

/** Of all processors since the machine began, and of this process with all its children that have ended. */
function ticksSpent(): Ticks | undefined {
  if (!existsSync(machineFile)) return undefined;
  const [, ...ticks] = (readFileSync(machineFile, 'utf8').split('\n')[0] ?? '').trim().split(/ +/).map(Number);
  // Those of guests are part of the first two.
  const [, , , idle = 0, waiting = 0] = ticks;
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const ofProcess = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return { all: sum(ticks.slice(0, 8)), idle: idle + waiting, own: sum(ofProcess.slice(11, 15)) };
}

function description(before: Ticks | undefined, after: Ticks | undefined): string {
  if (before === undefined || after === undefined) return 'Nothing tells here what else the machine did meanwhile.';
  const all = after.all - before.all;
  const others = all - (after.idle - before.idle) - (after.own - before.own);
  return `Meanwhile everything else on the machine used ${Math.round((100 * others) / all)} % of its processors' time.`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
