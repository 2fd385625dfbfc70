import type { Profiler } from 'node:inspector';
import { Session } from 'node:inspector/promises';

const intervalMicroseconds = 100;

/** What the main thread was seen doing, at regular moments, while the work went on. */
export async function profileOf(work: () => Promise<unknown>): Promise<Profiler.Profile> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.setSamplingInterval', { interval: intervalMicroseconds });
    await session.post('Profiler.start');
    await work();
    const { profile } = await session.post('Profiler.stop');
    return profile;
  } finally {
    session.disconnect();
  }
}

/** The functions on the stack, the running one first. */
export type Stack = readonly { readonly url: string; readonly name: string }[];

/** Each stack that was seen, with the time it was seen for. */
export function stacksOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): [Stack, number][] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const times = new Map<number, number>();
  for (const [index, id] of samples.entries()) times.set(id, (times.get(id) ?? 0) + (timeDeltas[index + 1] ?? 0));
  return Array.from(times, ([running, time]) => {
    const stack: { url: string; name: string }[] = [];
    for (let id: number | undefined = running; id !== undefined; id = callers.get(id)) {
      const { url, functionName } = byId.get(id)?.callFrame ?? { url: '', functionName: '' };
      stack.push({ url, name: functionName });
    }
    return [stack, time];
  });
}
