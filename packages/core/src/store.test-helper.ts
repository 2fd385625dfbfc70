import { createHash } from 'node:crypto';

import type { ArtifactBackend } from './backend.ts';
import { isArtifactError, type ArtifactError } from './errors.ts';
import { hmacKeyring } from './keyring.ts';
import { memoryBackend } from './memory.ts';
import { ArtifactStore } from './store.ts';
import type { ArtifactStoreOptions } from './store-options.ts';

/** When the clocks of all tests begin: 2026-01-01. */
export const startTime = 1_767_225_600_000;
export const second = 1000;
export const hour = 3_600_000;
export const day = 24 * hour;
export const inlineLimit = 64 * 1024;
export const mebibyte = 1024 * 1024;

/** Both clocks of a store, moved by hand. */
export class Clock {
  wall = startTime;
  steady = 5000;

  advance(ms: number): void {
    this.wall += ms;
    this.steady += ms;
  }
}

/** A key nobody typed, and always the same one for the same name. */
export function secretOf(name: string): Uint8Array {
  return createHash('sha256').update(`secret of ${name}`).digest();
}

export function keyringOf(name: string): ReturnType<typeof hmacKeyring> {
  return hmacKeyring({ active: name, keys: { [name]: secretOf(name) } });
}

/** Unpredictable enough to show every misplaced byte, and the same in every run. */
export function content(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let random = seed * 2_654_435_761;
  for (let i = 0; i < size; i += 1) {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = random >>> 24;
  }
  return bytes;
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Revisions and markers in the order they are drawn: 000...01, 000...02. */
export function countingNames(): (size: number) => Uint8Array {
  let count = 0;
  return (size) => {
    const bytes = Buffer.alloc(size);
    if (size < 16) return bytes;
    count += 1;
    bytes.writeUInt32BE(count, size - 4);
    return bytes;
  };
}

/** The n-th name that {@link countingNames} draws. */
export function drawn(n: number): string {
  return n.toString(16).padStart(32, '0');
}

export interface Opened {
  readonly store: ArtifactStore;
  readonly backend: ArtifactBackend;
  readonly clock: Clock;
}

/** A store over memory whose clocks stand still and whose pauses take no time. */
export function open(options: Partial<ArtifactStoreOptions> & { readonly clock?: Clock } = {}): Opened {
  const { clock = new Clock(), ...rest } = options;
  const backend = rest.backend ?? memoryBackend({ now: () => clock.wall });
  const store = new ArtifactStore({
    signing: keyringOf('k1'),
    audience: 'test',
    now: () => clock.wall,
    monotonic: () => clock.steady,
    sleep: async (_, signal) => signal.throwIfAborted(),
    ...rest,
    backend,
  });
  return { store, backend, clock };
}

/** What the backend holds, by key. */
export async function dump(backend: ArtifactBackend, prefix = ''): Promise<Map<string, Uint8Array>> {
  const objects = new Map<string, Uint8Array>();
  for await (const { key } of backend.list({ prefix })) objects.set(key, await objectAt(backend, key));
  return objects;
}

/** The same with digests in the place of bytes, to compare one moment with another. */
export async function state(backend: ArtifactBackend): Promise<Map<string, string>> {
  return new Map(Array.from(await dump(backend), ([key, bytes]) => [key, sha256(bytes)]));
}

export async function keysOf(backend: ArtifactBackend, prefix = ''): Promise<string[]> {
  return [...(await dump(backend, prefix)).keys()];
}

/** Everything but the object that says the format. */
export async function artifactKeys(backend: ArtifactBackend): Promise<string[]> {
  return (await keysOf(backend)).filter((key) => key !== 'store.json');
}

export async function objectAt(backend: ArtifactBackend, key: string): Promise<Uint8Array> {
  const result = await backend.read(key);
  if (result.status !== 'found') throw new Error(`nothing at ${key}`);
  return Buffer.concat(await collect(result.body));
}

export async function onlyKey(backend: ArtifactBackend, prefix: string): Promise<string> {
  const [key, ...others] = await keysOf(backend, prefix);
  if (key === undefined || others.length > 0) throw new Error(`not exactly one key under ${prefix}`);
  return key;
}

/** Flips one bit of the object at `key`. */
export async function flip(backend: ArtifactBackend, key: string, bit: number): Promise<void> {
  const bytes = await objectAt(backend, key);
  await backend.write(key, flipped(bytes, bit));
}

export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** The typed error a promise rejects with; anything else fails the test. */
export async function refusal(outcome: Promise<unknown>): Promise<ArtifactError> {
  const error: unknown = await outcome.then(
    () => {
      throw new Error('it was not refused');
    },
    (reason: unknown) => reason,
  );
  if (!isArtifactError(error)) throw new Error(`the refusal is not typed: ${String(error)}`, { cause: error });
  return error;
}

/** What a call gives, or the typed error it throws at once. */
export function attempt<T>(call: () => T): T | ArtifactError {
  try {
    return call();
  } catch (error) {
    if (isArtifactError(error)) return error;
    throw new Error(`the refusal is not typed: ${String(error)}`, { cause: error });
  }
}

/** The typed error a call throws at once. */
export function refusalOf(call: () => unknown): ArtifactError {
  const outcome = attempt(call);
  if (!isArtifactError(outcome)) throw new Error('it was not refused');
  return outcome;
}

/** Never settles, unless `signal` aborts. */
export function stalled(signal?: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** The same numbers again: the seed of random tests, drawn anew in each run unless FC_SEED is set. */
export const propertyRuns = {
  numRuns: 1000,
  ...(process.env['FC_SEED'] !== undefined && { seed: Number(process.env['FC_SEED']) }),
} as const;
