import type { ObjectInfo } from '@artifacts/core';

import type { FileStat } from './filesystem.ts';

/** The version of something in an object's place that is no regular file. Reading it fails with `INTEGRITY`. */
export const irregularVersion = 'not-a-regular-file';

/**
 * Names the bytes of a file: its inode, its modification time and its size. Inode numbers are used again at once and the
 * kernel's own times advance in steps of up to 4 ms, so the time is one that {@link stamp} made.
 */
export function versionOf({ ino, mtimeNs, size }: FileStat): string {
  return `${ino.toString(36)}-${mtimeNs.toString(36)}-${size.toString(36)}`;
}

/** What a listing or a read tells of the file under `key`. */
export function infoOf(key: string, stat: FileStat): ObjectInfo {
  const modifiedAt = new Date(Number(stat.mtimeNs / 1_000_000n));
  return stat.isFile()
    ? { key, size: Number(stat.size), version: versionOf(stat), modifiedAt }
    : { key, size: 0, version: irregularVersion, modifiedAt };
}

let last = 0;
let repeats = 0;

/**
 * A modification time in whole microseconds since the epoch that no other file is given: the wall clock's millisecond
 * and, within it, the phase of the monotonic clock, which is one for all processes. It need not grow from call to call,
 * only differ; that is why it is not "the last one plus one", which would run into the times of other processes.
 */
export function stamp(): number {
  for (;;) {
    const millisecond = Date.now();
    const phase = nextMicrosecond() % 1000;
    // A microsecond that begins within a millisecond begins in no other. One that merely overlaps it may, at both ends.
    if (Date.now() !== millisecond) continue;
    const time = millisecond * 1000 + phase;
    repeats = time === last ? repeats + 1 : 0;
    last = time;
    return time + repeats;
  }
}

/** Waits for the next one to begin, though not for ever: a test may have stopped the clocks. */
function nextMicrosecond(): number {
  const first = microsecond();
  let present = first;
  for (let tries = 0; present === first && tries < 1000; tries += 1) present = microsecond();
  return present;
}

function microsecond(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/** Seconds, as `futimes` takes them. Half a microsecond more, so that no rounding reaches the microsecond before. */
export function toSeconds(microseconds: number): number {
  return (microseconds + 0.5) / 1e6;
}

/** Whether the file system kept a time as finely as versions need it. */
export function keptTime(stat: FileStat, microseconds: number): boolean {
  return stat.mtimeNs / 1000n === BigInt(microseconds);
}
