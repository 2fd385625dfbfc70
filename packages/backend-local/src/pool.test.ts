import { open } from 'node:fs';

import { expect, test } from 'vitest';

import { atOnce, together } from './pool.ts';

test('a call that throws rejects its own promise and stops none of those beside it', async () => {
  const thrown = new TypeError('thrown');
  const throwing = (): never => {
    throw thrown;
  };
  const outcomes = await Promise.allSettled([
    together((done) => done(null, 1)),
    together(throwing),
    together((done) => done(null, 2)),
    // @ts-expect-error what node:fs throws at once
    together((done) => open(7.5, done)),
    together((done) => done(null, 3)),
    atOnce(throwing),
  ]);
  expect(outcomes).toEqual([
    { status: 'fulfilled', value: 1 },
    { status: 'rejected', reason: thrown },
    { status: 'fulfilled', value: 2 },
    { status: 'rejected', reason: expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }) as unknown },
    { status: 'fulfilled', value: 3 },
    { status: 'rejected', reason: thrown },
  ]);
});
