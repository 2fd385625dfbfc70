import { setTimeout as delay } from 'node:timers/promises';

import { allFaults, type S3Fault } from './faults.ts';
import type { Pace } from './pace.ts';

/** A body on its way. */
export type Body = AsyncIterable<Buffer>;

/** Ends a body in the middle: the connection is to end when everything before it was sent. */
export class Truncated extends Error {}

/** What bodies of one exchange have in common. */
export interface Passage {
  readonly faults: readonly S3Fault[];
  readonly pace: Pace;
  /** Aborts when the exchange is over. */
  readonly signal: AbortSignal;
}

export function requestBody(body: Body, passage: Passage): Body {
  return hurt(body, passage, 'request');
}

export function responseBody(body: Body, passage: Passage): Body {
  let passing = body;
  // The longer body comes first, so that offsets count its bytes.
  for (const { bytes } of allFaults(passage.faults, 'lengthen')) passing = lengthened(passing, bytes);
  for (const { atByte } of allFaults(passage.faults, 'truncate')) passing = truncated(passing, atByte);
  return hurt(passing, passage, 'response');
}

/** What either body can have. The pace comes last, over all that is sent. */
function hurt(body: Body, { faults, pace, signal }: Passage, which: 'request' | 'response'): Body {
  let passing = body;
  for (const { atByte = 0, of = 'response' } of allFaults(faults, 'corrupt')) {
    if (of === which) passing = corrupted(passing, atByte);
  }
  for (const { atByte, of = 'response' } of allFaults(faults, 'stall')) {
    if (of === which) passing = stalled(passing, atByte, signal);
  }
  for (const { bytes, everyMs, of = 'response' } of allFaults(faults, 'trickle')) {
    if (of === which) passing = trickled(passing, bytes, everyMs, signal);
  }
  for (const { bytesPerSecond } of allFaults(faults, 'bandwidth'))
    passing = paced(passing, bytesPerSecond, pace, signal);
  return passing;
}

async function* lengthened(body: Body, bytes: number): AsyncGenerator<Buffer> {
  yield* body;
  const zeros = Buffer.alloc(Math.min(bytes, 65_536));
  for (let left = bytes; left > 0; left -= zeros.length) yield zeros.subarray(0, left);
}

async function* corrupted(body: Body, atByte: number): AsyncGenerator<Buffer> {
  let start = 0;
  for await (const chunk of body) {
    const byte = chunk[atByte - start];
    if (byte !== undefined) chunk[atByte - start] = byte ^ 1;
    start += chunk.length;
    yield chunk;
  }
}

async function* truncated(body: Body, atByte: number): AsyncGenerator<Buffer> {
  yield* firstBytes(body, atByte);
  throw new Truncated();
}

async function* stalled(body: Body, atByte: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  yield* firstBytes(body, atByte);
  await new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
  });
}

async function* trickled(body: Body, bytes: number, everyMs: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    for (let start = 0; start < chunk.length; start += bytes) {
      yield chunk.subarray(start, start + bytes);
      await delay(everyMs, undefined, { signal });
    }
  }
}

async function* paced(body: Body, bytesPerSecond: number, pace: Pace, signal: AbortSignal): AsyncGenerator<Buffer> {
  for await (const chunk of body) {
    await pace.pass(chunk.length, bytesPerSecond, signal);
    yield chunk;
  }
}

/** As many bytes as there are, at most `count`. */
async function* firstBytes(body: Body, count: number): AsyncGenerator<Buffer> {
  let left = count;
  if (left === 0) return;
  for await (const chunk of body) {
    yield chunk.subarray(0, left);
    left -= Math.min(left, chunk.length);
    // Not a chunk later: the next one may be long in coming.
    if (left === 0) return;
  }
}
