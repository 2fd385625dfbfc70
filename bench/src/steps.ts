import { profileOf, stacksOf, type Stack } from './cpu-profile.ts';

const coreFolder = new URL('.', import.meta.resolve('@artifacts/core')).href;
const benchFolder = new URL('.', import.meta.url).href;

/** What each file of core works for, where it is not the rest. */
const filesOfSteps = {
  'record and envelope: JSON, base64, every field checked':
    'artifact chunks envelope fields json metadata-schema record signing',
  'ids, keys and names': 'environment ids keys layout',
  'operation: events, limits, timers, AbortSignal': 'abort bounded-keys debug events operation session storage',
  'memory backend': 'memory',
};
const stepOfFile = new Map(
  Object.entries(filesOfSteps).flatMap(([step, files]) => files.split(' ').map((file) => [file, step])),
);
const [hashing, signing, checking] = ['sha256 of the content', 'signing', 'checking the signature'] as const;
const expected = [...Object.keys(filesOfSteps), hashing, signing, checking];
const keyFiles = new Set(['ed25519', 'hmac', 'keyring', 'signing-key']);
const contentHashes = new Set(['upload #inline', 'read-record requireTail']);
const helperFiles = new Set(['bytes']);

/** Where the main thread's time goes while the work goes on: for each step its part of the whole. */
export async function sharesOfSteps(work: () => Promise<unknown>): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  for (const [stack, time] of stacksOf(await profileOf(work))) {
    const step = stepOf(stack);
    if (step !== undefined) times.set(step, (times.get(step) ?? 0) + time);
  }
  const missing = expected.find((step) => !times.has(step));
  if (missing !== undefined) throw new Error(`no sample fell on "${missing}": the files of core have other names now`);
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  return new Map(Array.from(times, ([step, time]) => [step, time / total]));
}

/** The step of the innermost function of core; what node does for it is its own. `undefined` when nothing ran. */
function stepOf(stack: Stack): string | undefined {
  for (const { url, name } of stack) {
    if (url.startsWith(benchFolder)) return 'the loop around it';
    if (!url.startsWith(coreFolder)) continue;
    const file = url.slice(coreFolder.length).replace(/\.js$/, '');
    if (helperFiles.has(file)) continue;
    if (contentHashes.has(`${file} ${name}`)) return hashing;
    if (keyFiles.has(file)) return isVerifying(stack) ? checking : signing;
    return stepOfFile.get(file) ?? 'the rest of core';
  }
  switch (stack[0]?.name) {
    case '(idle)':
      return undefined;
    case '(garbage collector)':
      return 'garbage collection';
    default:
      return 'node, outside of any function of core';
  }
}

function isVerifying(stack: Stack): boolean {
  return stack.some(({ url, name }) => url.startsWith(coreFolder) && (name === 'verify' || name === 'find'));
}
