import { spawnSync } from 'node:child_process';

import { describe, expect, test } from 'vitest';

import { claimLiveness, dropClaim, newClaim } from './claims.ts';
import { livenessOf, thisProcess } from './processes.ts';

describe('claims', () => {
  test('a claim is alive until it is dropped, and never made again', () => {
    const claims = [newClaim(), newClaim()];
    expect(new Set(claims).size).toBe(2);
    expect(claims.map(claimLiveness)).toEqual(['alive', 'alive']);
    for (const claim of claims) dropClaim(claim);
    expect(claims.map(claimLiveness)).toEqual(['dead', 'dead']);
  });

  test.each(['', '.DS_Store', 'a', '1-2-3', '0'.repeat(64)])('the name %j is no claim', (name) => {
    expect(claimLiveness(name)).toBeUndefined();
  });

  test('a claim is a file name of at most 100 bytes', () => {
    const claim = newClaim();
    dropClaim(claim);
    expect(claim).toMatch(/^[0-9a-f-]{1,100}$/);
  });
});

describe('processes', () => {
  test('this process is alive', () => {
    expect(livenessOf(thisProcess())).toBe('alive');
  });

  test('a process that ended is dead', () => {
    const { pid } = spawnSync('true');
    expect(livenessOf({ ...thisProcess(), pid })).toBe('dead');
  });

  test('a pid that was used again is not the process it was', ({ skip }) => {
    skip(process.platform !== 'linux', 'only /proc tells this');
    expect(livenessOf({ ...thisProcess(), started: '1' })).toBe('dead');
  });

  test('no process outlives its boot', ({ skip }) => {
    skip(process.platform !== 'linux', 'only /proc tells this');
    expect(livenessOf({ ...thisProcess(), boot: '0123456789abcdef' })).toBe('dead');
  });

  test('a process of another pid namespace cannot be judged', ({ skip }) => {
    skip(process.platform !== 'linux', 'only /proc tells this');
    expect(livenessOf({ ...thisProcess(), namespace: '1', pid: 4_000_000 })).toBe('unknown');
  });
});
