import { afterEach, expect, test, vi } from 'vitest';

import { keptTime, stamp, toSeconds } from './versions.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('I-6 a hundred thousand stamps in a row all differ and are the present time', () => {
  const before = Date.now() * 1000;
  const stamps = Array.from({ length: 100_000 }, stamp);
  const after = (Date.now() + 1) * 1000;
  expect(new Set(stamps).size).toBe(100_000);
  expect(stamps.every((time) => time >= before && time <= after)).toBe(true);
});

test('I-6 stamps differ even when both clocks stand still', () => {
  vi.useFakeTimers({ toFake: ['Date', 'hrtime'], now: 1_700_000_000_000 });
  const stamps = Array.from({ length: 1000 }, stamp);
  expect(new Set(stamps).size).toBe(1000);
});

test('every microsecond comes back from the seconds that futimes is given', () => {
  for (let microseconds = 1_795_437_296_123_000; microseconds < 1_795_437_296_125_000; microseconds += 1) {
    const seconds = toSeconds(microseconds);
    expect(Math.floor(seconds * 1e6)).toBe(microseconds);
    const wholeSeconds = Math.trunc(seconds);
    expect(Math.trunc((wholeSeconds * 1e9 + (seconds - wholeSeconds) * 1e9) / 1000)).toBe(microseconds);
  }
});

test('a time that lost its microseconds is not the time that was set', () => {
  const stat = (mtimeNs: bigint) => ({ mtimeNs }) as Parameters<typeof keptTime>[0];
  expect(keptTime(stat(1_795_437_296_123_456_500n), 1_795_437_296_123_456)).toBe(true);
  expect(keptTime(stat(1_795_437_296_000_000_000n), 1_795_437_296_123_456)).toBe(false);
});
