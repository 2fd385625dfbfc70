import { randomFillSync } from 'node:crypto';

import { mebibyte } from './settings.ts';

/** Incompressible bytes. */
export function randomBytes(size: number): Buffer {
  return randomFillSync(Buffer.allocUnsafe(size));
}

/** Content that differs from all others of its size: some contenders keep equal content once. */
export function stamped(bytes: Buffer, stamp: number): Buffer {
  bytes.writeDoubleLE(stamp, 0);
  return bytes;
}

/** Length and stamp: enough to know the object, and nothing beside what is measured. */
export function requireSame(key: string, found: Uint8Array, stored: Buffer): void {
  if (found.length !== stored.length || stored.compare(found, 0, 8, 0, 8) !== 0)
    throw new Error(`${key} came back as something else`);
}

/** One buffer in pieces. Costs nothing itself, so what is measured is the reader of it. */
export async function* piecesOf(bytes: Buffer, pieceBytes: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

const pieceBytes = 256 * 1024;

/** So many bytes, without telling how many. Gives views of the same few MiB again and again: memory that grows is not the source's. */
export async function* endless(total: number): AsyncGenerator<Buffer> {
  const bytes = randomBytes(8 * mebibyte);
  for (let given = 0; given < total; given += pieceBytes) {
    const at = given % bytes.length;
    if (at === 0) stamped(bytes, given);
    yield bytes.subarray(at, at + Math.min(pieceBytes, total - given));
  }
}

/** Small objects with names and content of their own. */
export function someObjects(
  name: string,
  count: number,
  bytes: number,
): readonly { readonly key: string; readonly content: Buffer }[] {
  return Array.from({ length: count }, (_, index) => ({
    key: `${name}-${index}`,
    content: stamped(randomBytes(bytes), index),
  }));
}
