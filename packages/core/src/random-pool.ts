import { randomBytes } from 'node:crypto';

const poolBytes = 4096;

/** Random bytes, drawn many at a time: a few cost as much as many. None is given twice. */
export function randomPool(): (size: number) => Uint8Array {
  let pool = Buffer.alloc(0);
  return (size) => {
    if (pool.length < size) pool = randomBytes(Math.max(size, poolBytes));
    const taken = pool.subarray(0, size);
    pool = pool.subarray(size);
    return taken;
  };
}
