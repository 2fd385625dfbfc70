import { expect, test } from 'vitest';

import { describeCapabilities } from './describe-capabilities.ts';

test('every capability has a line that says what it gives, or what is lost without it', () => {
  const lines = describeCapabilities({ createIfAbsent: true, compareAndSwap: false, conditionalDelete: false }).split(
    '\n',
  );
  expect(lines.map((line) => line.replace(/;.*/, ''))).toEqual([
    'createIfAbsent: yes',
    'compareAndSwap: no',
    'conditionalDelete: no',
  ]);
  for (const line of lines) expect(line.length).toBeGreaterThan(40);
});
