import { type ArtifactBackend, type ObjectInfo, wrapBackend } from '@artifacts/core';

import { checkScript } from './check-script.ts';
import { afterCall, beforeCall, type Call, Script } from './faulty-call.ts';
import { faultyBytes, faultyStream } from './faulty-bytes.ts';
import type { BackendFault, BackendFaultRule } from './faults.ts';

/** A backend that fails as a script says. */
export interface FaultyBackend extends ArtifactBackend {
  /** How many calls had the fault of each rule so far, in the order of the script. */
  readonly hits: readonly number[];
}

/**
 * `inner`, whose calls have the faults of `script`: for tests of what an application does when its storage fails. A call has
 * the faults of all rules that match it. Closing it closes `inner`.
 *
 * What is truncated or corrupted on its way in is acknowledged as if it were whole. A fault that waits is ended by the
 * signal of the call; delays take real time.
 *
 * @throws `INVALID_ARGUMENT` with the member of the script that could not be carried out
 */
export function faultyBackend(inner: ArtifactBackend, script: readonly BackendFaultRule[]): FaultyBackend {
  checkScript(script);
  const running = new Script(script);
  const making = async <T>(call: Call, work: (faults: readonly BackendFault[]) => Promise<T>): Promise<T> => {
    const faults = running.faultsOf(call);
    await beforeCall(faults, call);
    const result = await work(faults);
    afterCall(faults);
    return result;
  };
  const backend = wrapBackend(inner, {
    capabilities: (options) => making({ method: 'capabilities', ...options }, () => inner.capabilities(options)),
    write: (key, body, options) =>
      making({ method: 'write', key, signal: options?.signal }, (faults) =>
        writeWith(inner, faults, key, body, options),
      ),
    read: (key, options) =>
      making({ method: 'read', key, signal: options?.signal }, async (faults) => {
        const result = await inner.read(key, options);
        if (result.status !== 'found') return result;
        return { ...result, body: faultyStream(result.body, faults, options?.signal) };
      }),
    delete: (key, options) =>
      making({ method: 'delete', key, signal: options?.signal }, () => inner.delete(key, options)),
    async *list(options): AsyncGenerator<ObjectInfo> {
      const call = { method: 'list', key: options.prefix, signal: options.signal } as const;
      const faults = running.faultsOf(call);
      await beforeCall(faults, call);
      yield* inner.list(options);
      afterCall(faults);
    },
    discardUnfinished: (before, options) =>
      making({ method: 'discardUnfinished', ...options }, () => inner.discardUnfinished(before, options)),
    check: (options) => making({ method: 'check', ...options }, () => inner.check(options)),
  });
  return Object.assign(backend, { hits: running.hits });
}

async function writeWith(
  inner: ArtifactBackend,
  faults: readonly BackendFault[],
  key: string,
  body: Parameters<ArtifactBackend['write']>[1],
  options: Parameters<ArtifactBackend['write']>[2],
): ReturnType<ArtifactBackend['write']> {
  if (!faults.some(({ fault }) => fault === 'truncate' || fault === 'corrupt')) return inner.write(key, body, options);
  let size = body instanceof Uint8Array ? body.length : 0;
  async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      size += chunk.length;
      yield chunk;
    }
  }
  const passing = body instanceof Uint8Array ? faultyBytes(body, faults) : faultyStream(counted(body), faults);
  const written = await inner.write(key, passing, { ...options, size: undefined });
  return { ...written, size };
}
