import { profileOf, stacksOf, type Stack } from './cpu-profile.ts';

/** Where the main thread's time goes while the work goes on: for each package its part of the whole. */
export async function sharesOfPackages(work: () => Promise<unknown>): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  let total = 0;
  for (const [stack, time] of stacksOf(await profileOf(work))) {
    const name = packageOf(stack);
    if (name === undefined) continue;
    total += time;
    times.set(name, (times.get(name) ?? 0) + time);
  }
  return new Map(Array.from(times, ([name, time]) => [name, time / total]));
}

/** Whose function is the innermost one that is not node's own. `undefined` when nothing ran. */
function packageOf(stack: Stack): string | undefined {
  for (const { url } of stack) {
    const [, installed] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*\/node_modules\/)/.exec(url) ?? [];
    if (installed !== undefined) return installed;
    const [, own] = /\/packages\/([^/]+)\/dist\//.exec(url) ?? [];
    if (own !== undefined) return `@artifacts/${own}`;
    if (url.startsWith('file:')) return 'the loop around it';
  }
  switch (stack[0]?.name) {
    case '(idle)':
      return undefined;
    case '(garbage collector)':
      return 'garbage collection';
    default:
      return 'node, outside of any package';
  }
}
