import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { completeFragments, fragmentOf, fragmentsOf, isFile, nameOf, pathOf } from './names.ts';

const alphabet = ['a', 'b', 'z', '0', '9', '.', '_', '=', '-'];
const segment = fc
  .oneof(
    fc.string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength: 6 }),
    // Around the length at which segments are cut, once and twice.
    fc.tuple(fc.constantFrom('a', 'b', '.'), fc.integer({ min: 198, max: 202 })).map(([a, n]) => a.repeat(n)),
    fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 398, max: 403 })).map(([a, n]) => a.repeat(n)),
  )
  .filter((text) => text !== '.' && text !== '..');
const key = fc
  .array(segment, { minLength: 1, maxLength: 5 })
  .map((segments) => segments.join('/'))
  .filter((text) => text.length <= 1024);
const runs = { numRuns: 1000 };

describe('names', () => {
  test('keys have these paths', () => {
    const piece = 'x'.repeat(200);
    expect(
      ['a', 'a/b', 'con/nul.txt.', 'x'.repeat(199), piece, `${piece}y`, `${piece}/y`, `${piece}${piece}z`].map(pathOf),
    ).toEqual([
      'o~a~',
      'd~a~/o~b~',
      'd~con~/o~nul.txt.~',
      `o~${'x'.repeat(199)}~`,
      `c~${piece}~/o~~`,
      `c~${piece}~/o~y~`,
      `c~${piece}~/d~~/o~y~`,
      `c~${piece}~/c~${piece}~/o~z~`,
    ]);
  });

  test('I-20 a key is its fragments, and its fragments are what their names say', () => {
    fc.assert(
      fc.property(key, (text) => {
        const fragments = fragmentsOf(text);
        expect(fragments.join('')).toBe(text);
        expect(fragments.map((fragment) => fragmentOf(nameOf(fragment)))).toEqual(fragments);
        expect(fragments.map(isFile)).toEqual(fragments.map((_, index) => index === fragments.length - 1));
      }),
      runs,
    );
  });

  test('I-20 every name is short, plain, ends in no dot and starts with its kind', () => {
    fc.assert(
      fc.property(key, (text) => {
        for (const name of pathOf(text).split('/')) expect(name).toMatch(/^[odc]~[a-z0-9._=-]{0,200}~$/);
      }),
      runs,
    );
  });

  test('I-20 different keys have different paths, and no path goes through the file of another', () => {
    fc.assert(
      fc.property(key, key, (one, other) => {
        fc.pre(one !== other);
        expect(pathOf(one)).not.toBe(pathOf(other));
        expect(pathOf(other).startsWith(`${pathOf(one)}/`)).toBe(false);
      }),
      runs,
    );
  });

  test('walking directories in the order of fragments gives the byte order of keys', () => {
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 40 }), (keys) => {
        const walked = walk(keys.map((text) => fragmentsOf(text)));
        expect(walked).toEqual(keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
      }),
      runs,
    );
  });

  test('every key that starts with a prefix is in the directories of the prefix', () => {
    fc.assert(
      fc.property(key, fc.nat(), (text, cut) => {
        const { complete, rest } = completeFragments(text.slice(0, cut % (text.length + 1)));
        const fragments = fragmentsOf(text);
        expect(fragments.slice(0, complete.length)).toEqual(complete);
        expect(fragments.slice(complete.length).join('').startsWith(rest)).toBe(true);
      }),
      runs,
    );
  });

  test.each([
    '',
    '.DS_Store',
    'lost+found',
    'o~a',
    'a~',
    'o~A~',
    'x~a~',
    'o~a/b~',
    'c~short~',
    `o~${'x'.repeat(200)}~`,
  ])('the name %j is none of ours', (name) => {
    expect(fragmentOf(name)).toBeUndefined();
  });
});

/** What a listing does, on lists of fragments instead of directories. */
function walk(paths: readonly string[][]): string[] {
  const children = new Map<string, string[][]>();
  for (const [first = '', ...rest] of paths) children.set(first, [...(children.get(first) ?? []), rest]);
  return [...children.keys()]
    .toSorted()
    .flatMap((fragment) =>
      isFile(fragment) ? [fragment] : walk(children.get(fragment) ?? []).map((rest) => fragment + rest),
    );
}
