import { expect, test } from 'vitest';

import { History } from './support/history.ts';

const lines = ['begin a 1 write', 'done a 1', 'begin a 2 write', 'done a 2', 'begin a 3 delete'];
const at = (value: string | undefined) => new Map(value === undefined ? [] : [['a', value]]);

test('what was acknowledged last explains what is found, and so does what was begun since', () => {
  const history = new History(lines);
  history.assertExplains(at('2'), 'now');
  history.assertExplains(at(undefined), 'now');
  new History(lines.slice(0, 3)).assertExplains(at('2'), 'now');
  new History([], at('7')).assertExplains(at('7'), 'now');
});

test('what came later than the moment may be there or not', () => {
  const history = new History(lines);
  for (const value of ['1', '2', undefined]) history.assertExplains(at(value), 'then', 2);
  for (const value of ['1', '2', undefined]) history.assertExplains(at(value), 'then', 3);
  for (const value of [undefined, '1', '2']) history.assertExplains(at(value), 'then', 1);
});

test.each([
  ['an acknowledged write that is gone', lines.slice(0, 4), undefined, 4],
  ['an acknowledged write that was gone at an earlier moment', lines.slice(0, 4), undefined, 2],
  ['a version before the one that was acknowledged', lines, '1', 5],
  ['a version that was never written', lines, '9', 5],
])('nothing explains %s', (_what, said, value, until) => {
  expect(() => new History(said).assertExplains(at(value), 'now', until)).toThrow(/^a is /);
});

test('nothing explains a key that nobody wrote', () => {
  expect(() => new History(lines).assertExplains(new Map([['b', '1']]), 'now')).toThrow('b was never written');
});

test('numbers go on from the highest', () => {
  expect(new History(lines).nextNumber()).toBe(4);
  expect(new History([]).nextNumber()).toBe(1);
  expect(new History(lines).acknowledgements()).toBe(2);
  expect(new History(lines).acknowledgements(2)).toBe(1);
});
