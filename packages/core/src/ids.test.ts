import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { assertId, assertPrefix, escapeId, printable, quoted, unescapeId } from './ids.ts';
import { isKey } from './keys.ts';
import { recordKey } from './layout.ts';
import { attempt, propertyRuns, refusalOf } from './store.test-helper.ts';

const refused: readonly (readonly [id: unknown, problem: string])[] = [
  ['', 'is empty'],
  ['../etc/passwd', 'has a ".." segment'],
  ['a/../b', 'has a ".." segment'],
  ['a/..', 'has a ".." segment'],
  ['.', 'has a "." segment'],
  ['a/./b', 'has a "." segment'],
  ['/a', 'has an empty segment'],
  ['a/', 'has an empty segment'],
  ['a//b', 'has an empty segment'],
  ['/', 'has an empty segment'],
  ['a\0b', 'has a control character'],
  ['a\nb', 'has a control character'],
  ['a\u007f', 'has a control character'],
  ['a\u0085', 'has a control character'],
  ['\ud800', 'has a lone surrogate'],
  ['a\udc00b', 'has a lone surrogate'],
  ['e\u0301', 'is not in Unicode normalisation form C'],
  ['a'.repeat(513), 'is longer than 512 bytes'],
  ['é'.repeat(257), 'is longer than 512 bytes'],
  ['A'.repeat(300), 'is longer than 768 bytes once escaped'],
  ['é'.repeat(129), 'is longer than 768 bytes once escaped'],
  [undefined, 'is not a string'],
  [null, 'is not a string'],
  [7, 'is not a string'],
  [['a'], 'is not a string'],
  [new String('a'), 'is not a string'],
];

test.each(refused)('I-20 id %j is refused: it %s', (id, problem) => {
  const error = refusalOf(() => assertId(id as string));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'id', retryable: false });
  expect(error.message).toContain(problem);
  expect(error.message.length).toBeLessThan(400);
});

const accepted = [
  'a',
  'a'.repeat(512),
  'A'.repeat(256),
  'é'.repeat(128),
  'build/42/app.tgz',
  '...',
  'a/.b/..c',
  'con',
  ' ',
  'a b',
  '=41',
  '%2e%2e',
  'C:\\x',
  'ns/x',
  '__proto__',
  '\u{1f600}',
];

test.each(accepted)('I-20 id %j has a key and comes back from it', (id) => {
  assertId(id);

  expect(isKey(recordKey(id))).toBe(true);
  expect(unescapeId(escapeId(id))).toBe(id);
});

test('I-20 what is not of the key alphabet is "=" and two lower-case hex digits', () => {
  expect(escapeId('Build/é =\u{1f600}')).toBe('=42uild/=c3=a9=20=3d=f0=9f=98=80');
  expect(escapeId('\n')).toBe('=0a');
});

test.each([
  '=4',
  '=4G',
  '=4A',
  'A',
  'é',
  '=61',
  '=ff',
  '=c3',
  'a//b',
  '..',
  '=2e=2e',
  'a/',
  '',
  '=00',
  'e=cc=81',
  '=2f',
  '\u0161',
  '\n',
])('I-20 %j is the escaped form of no id', (key) => {
  expect(unescapeId(key)).toBeUndefined();
});

test('a prefix may be cut anywhere, and is otherwise held to the rules of ids', () => {
  for (const prefix of ['', 'a', 'a/', 'a/.', 'a/..', 'A'.repeat(256)]) assertPrefix(prefix);

  for (const prefix of ['/', '/a', 'a//', '../', 'a/../b', '\ud800', 'a\0', 'e\u0301', 'A'.repeat(257), 7 as never]) {
    expect(refusalOf(() => assertPrefix(prefix))).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'prefix' });
  }
});

test('a refusal says what was given, as what, and how to mend it', () => {
  const messageOf = (call: () => void) => refusalOf(call).message;

  expect(messageOf(() => assertId(7 as never))).toBe('id of type number is not a string');
  expect(messageOf(() => assertPrefix(7 as never))).toBe('prefix of type number is not a string');
  expect(messageOf(() => assertId('e\u0301'))).toBe(
    `id "e\u0301" is not in Unicode normalisation form C: call id.normalize('NFC')`,
  );
  expect(messageOf(() => assertPrefix('e\u0301'))).toBe(
    `prefix "e\u0301" is not in Unicode normalisation form C: call prefix.normalize('NFC')`,
  );
  expect(messageOf(() => assertPrefix('a//'))).toBe(
    'prefix "a//" has an empty segment: no leading, trailing or doubled "/"',
  );
});

test('a value stands in a message as JSON, of which 120 characters are shown', () => {
  expect(quoted('a"b\n')).toBe(String.raw`"a\"b\n"`);
  expect(quoted('a'.repeat(118))).toBe(`"${'a'.repeat(118)}"`);
  expect(quoted('a'.repeat(119))).toBe(`"${'a'.repeat(119)}..."`);
  expect(printable('a"b\n')).toBe(String.raw`a\"b\n`);
  expect(printable('a'.repeat(121))).toBe('a'.repeat(120));
});

const segment = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .map((text) => text.toWellFormed().normalize('NFC'))
  .filter((text) => !/[\p{Cc}/]/u.test(text) && text !== '.' && text !== '..');
const id = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => segments.join('/').normalize('NFC'));

test('I-20 every id comes back from its key, which is of the key alphabet', () => {
  fc.assert(
    fc.property(id, (one) => {
      assertId(one);
      expect(isKey(recordKey(one))).toBe(true);
      expect(unescapeId(escapeId(one))).toBe(one);
    }),
    propertyRuns,
  );
});

test('I-20 two ids never share a key, also once case is folded and Unicode is normalised', () => {
  const near = fc
    .tuple(id, id)
    .chain(([one, other]) =>
      fc.constantFrom(
        [one, other] as const,
        [one, one.toUpperCase().normalize('NFC')] as const,
        [one, one.toLowerCase().normalize('NFC')] as const,
        [one, one.normalize('NFKC')] as const,
        [one, escapeId(one)] as const,
      ),
    );
  fc.assert(
    fc.property(near, ([one, other]) => {
      const folded = (text: string): string => escapeId(text).normalize('NFKC').toLowerCase();
      expect(folded(one) === folded(other)).toBe(one === other);
    }),
    propertyRuns,
  );
});

test('I-20 a prefix of an id gives a prefix of its key, and what is no prefix does not', () => {
  fc.assert(
    fc.property(id, fc.nat(60), (one, length) => {
      const prefix = Array.from(one).slice(0, length).join('');
      expect(escapeId(one).startsWith(escapeId(prefix))).toBe(true);
      expect(escapeId(one).startsWith(escapeId(`${prefix}\u{10fffd}`))).toBe(one.startsWith(`${prefix}\u{10fffd}`));
    }),
    propertyRuns,
  );
});

test('any text at all is either refused as an id or has a key', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (text) => {
      const error = attempt(() => assertId(text));
      expect(error === undefined ? isKey(recordKey(text)) : error.field).toBe(error === undefined || 'id');
    }),
    propertyRuns,
  );
});

test('any text at all is either the escaped form of one id or of none', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from('=0123456789abcdef./-_A\u00e9')), maxLength: 24 }),
      (key) => {
        const claimed = unescapeId(key);
        expect(claimed === undefined ? key : escapeId(claimed)).toBe(key);
      },
    ),
    propertyRuns,
  );
});
