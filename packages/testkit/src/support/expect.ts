import assert from 'node:assert/strict';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';

import {
  type ArtifactBackend,
  type CallOptions,
  type ErrorCode,
  isArtifactError,
  type BackendListOptions,
  type ObjectInfo,
  type ReadOptions,
} from '@artifacts/core';

import { assertSameBytes } from './content.ts';

type Readable = Pick<ArtifactBackend, 'read'>;

export interface Found {
  readonly info: ObjectInfo;
  readonly body: AsyncIterable<Uint8Array>;
}

/** The object under `key`, its body not yet iterated. */
export async function find(backend: Readable, key: string, options?: ReadOptions): Promise<Found> {
  const result = await backend.read(key, options);
  assert.equal(result.status, 'found', `reading "${key}"`);
  return result;
}

export async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) {
    assert.ok(chunk instanceof Uint8Array, 'a chunk of a body is not a Uint8Array');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

export async function readBytes(backend: Readable, key: string, options?: ReadOptions): Promise<Uint8Array> {
  const { body } = await find(backend, key, options);
  return collect(body);
}

export async function assertHolds(backend: Readable, key: string, expected: Uint8Array): Promise<void> {
  const { info, body } = await find(backend, key);
  assert.equal(info.size, expected.length, `size of "${key}"`);
  assertSameBytes(await collect(body), expected, key);
}

export async function assertAbsent(backend: ArtifactBackend, key: string): Promise<void> {
  assert.equal((await backend.read(key)).status, 'absent', `reading "${key}"`);
  assert.ok(!(await keysOf(backend)).includes(key), `"${key}" is absent but listed`);
}

export async function keysOf(backend: ArtifactBackend, options: Partial<BackendListOptions> = {}): Promise<string[]> {
  const keys: string[] = [];
  for await (const info of backend.list({ prefix: '', ...options })) keys.push(info.key);
  return keys;
}

/** Waits for `call` to reject and gives what it rejected with. A call that throws before it returns breaks the rule. */
export async function rejection(call: () => Promise<unknown>, what = 'the call'): Promise<unknown> {
  return call().then(
    () => assert.fail(`${what} resolved instead of rejecting`),
    (error: unknown) => error,
  );
}

export async function assertRefused(code: ErrorCode, call: () => Promise<unknown>, what?: string): Promise<void> {
  const error = await rejection(call, what);
  if (!isArtifactError(error, code)) {
    assert.fail(`${what ?? 'the call'} did not reject with ${code} but with ${String(error)}`);
  }
}

export async function assertRejectsWith(reason: unknown, call: () => Promise<unknown>, what?: string): Promise<void> {
  const error = await rejection(call, what);
  assert.ok(error === reason, `${what ?? 'the call'} rejected with ${String(error)} instead of ${String(reason)}`);
}

/** How long an aborted call may take to settle (contract: `CallOptions`). */
const abortMs = 1000;

/** The outcome of an aborted call, which must come in time. */
export async function settled<T>(call: Promise<T>): Promise<PromiseSettledResult<T>> {
  const timer = new AbortController();
  const first = await Promise.race([Promise.allSettled([call]), lateness(timer.signal)]);
  timer.abort();
  if (first === 'late') assert.fail(`the aborted call did not settle within ${abortMs} ms`);
  return first[0];
}

async function lateness(signal: AbortSignal): Promise<'late'> {
  await delay(abortMs, undefined, { signal }).catch(() => undefined);
  // When this process itself stood still, the end of some I/O may be due as well, and timers come before it.
  for (let turn = 0; turn < 2; turn += 1) await nextTurn();
  return 'late';
}

/** The value of an aborted call that must settle in time. */
export async function fulfilled<T>(call: Promise<T>): Promise<T> {
  const outcome = await settled(call);
  if (outcome.status === 'rejected') throw outcome.reason;
  return outcome.value;
}

/** A signal that was aborted before the call, with a reason of its own. */
export function aborted(reason: unknown): CallOptions & { readonly signal: AbortSignal } {
  return { signal: AbortSignal.abort(reason) };
}
