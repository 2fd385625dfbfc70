import { untilAborted } from './faulty-call.ts';
import type { BackendFault } from './faults.ts';

/** `bytes` as they become on their way. Never changes what was given. */
export function faultyBytes(bytes: Uint8Array, faults: readonly BackendFault[], start = 0): Uint8Array {
  let passing = bytes;
  for (const fault of faults) {
    if (fault.fault === 'truncate') passing = passing.subarray(0, Math.max(0, fault.atByte - start));
    const at = fault.fault === 'corrupt' ? (fault.atByte ?? 0) - start : -1;
    const byte = passing[at];
    if (byte === undefined) continue;
    passing = Uint8Array.from(passing);
    passing[at] = byte ^ 1;
  }
  return passing;
}

export async function* faultyStream(
  body: AsyncIterable<Uint8Array>,
  faults: readonly BackendFault[],
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const stalls = faults.flatMap((fault) => (fault.fault === 'stall' ? (fault.atByte ?? []) : []));
  const stall = Math.min(...stalls);
  let start = 0;
  for await (const chunk of body) {
    const passing = faultyBytes(chunk, faults, start);
    if (start + chunk.length > stall) {
      yield passing.subarray(0, stall - start);
      await untilAborted(signal);
    }
    // To its end also where it is cut, because who writes it may rely on that.
    if (passing.length > 0) yield passing;
    start += chunk.length;
  }
}
