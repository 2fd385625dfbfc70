import { expect, test } from 'vitest';

import { Chain } from './chain.ts';

test('the time of a line is its own to the millisecond, whatever the line before was of', () => {
  const chain = new Chain({ log: 'a'.repeat(32), sequence: 0, sha256: '0'.repeat(64) }, 0);
  const times = [
    1_795_000_000_999, 1_795_000_001_000, 1_795_000_001_007.9, 1_795_000_000_000, 0, -1, 253_402_300_800_000,
  ];

  const lines = times.map((time) => chain.add({ time, members: { type: 'opened' } }));

  expect(lines.map((line) => (JSON.parse(line) as { time: string }).time)).toEqual(
    times.map((time) => new Date(Math.floor(time)).toISOString()),
  );
});
