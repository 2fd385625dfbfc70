import { inspect } from 'node:util';

import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { isArtifactError } from './errors.ts';
import { copyMetadata, problemOfMetadata } from './json.ts';
import { attempt, propertyRuns, refusalOf } from './store.test-helper.ts';

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level += 1) value = { a: value };
  return value;
}

const cycle: Record<string, unknown> = {};
cycle['self'] = { again: cycle };
const loop: unknown[] = [];
loop.push(loop);
const sparse: unknown[] = [1];
sparse.length = 3;
const hostile = (trap: string): unknown =>
  new Proxy(
    {},
    Object.fromEntries([
      [
        trap,
        () => {
          throw new Error('boo');
        },
      ],
    ]),
  );

const refused: readonly (readonly [what: string, metadata: unknown, field: string])[] = [
  ['null', null, 'metadata'],
  ['an array', [1], 'metadata'],
  ['a string', 'x', 'metadata'],
  ['a function', () => 1, 'metadata'],
  ['a Map', new Map([['a', 1]]), 'metadata'],
  ['a __proto__ member', JSON.parse('{"__proto__":{"admin":true}}'), 'metadata.__proto__'],
  ['a __proto__ member deep inside', JSON.parse('{"a":[{"__proto__":1}]}'), 'metadata.a[0].__proto__'],
  ['a cycle', cycle, 'metadata'],
  ['an array in itself', { loop }, 'metadata.loop'],
  ['10,000 levels', nested(10_000), 'metadata.a'],
  ['33 levels', nested(33), 'metadata.a'],
  ['a BigInt', { a: { b: 1n } }, 'metadata.a.b'],
  ['NaN', { a: Number.NaN }, 'metadata.a'],
  ['Infinity', { a: [0, Infinity] }, 'metadata.a[1]'],
  ['-0', { a: -0 }, 'metadata.a'],
  ['a symbol', { a: Symbol('x') }, 'metadata.a'],
  ['a member named by a symbol', { [Symbol('x')]: 1 }, 'metadata'],
  ['a function inside', { a: () => 1 }, 'metadata.a'],
  ['a Date', { a: new Date(0) }, 'metadata.a'],
  ['a Buffer', { a: Buffer.from('x') }, 'metadata.a'],
  ['a RegExp', { a: /x/ }, 'metadata.a'],
  [
    'an object with a class',
    {
      a: new (class Point {
        x = 1;
      })(),
    },
    'metadata.a',
  ],
  ['an own toJSON', { a: { toJSON: () => 1 } }, 'metadata.a.toJSON'],
  ['undefined in an array', { a: [undefined] }, 'metadata.a[0]'],
  ['a hole in an array', { a: sparse }, 'metadata.a[1]'],
  ['a getter', Object.defineProperty({}, 'a', { enumerable: true, get: () => 1 }), 'metadata.a'],
  [
    'a getter that throws',
    {
      get a(): never {
        throw new Error('boo');
      },
    },
    'metadata.a',
  ],
  ['a getter in an array', { a: Object.defineProperty([], 0, { get: () => 1 }) }, 'metadata.a[0]'],
  ['a Proxy that throws on ownKeys', hostile('ownKeys'), 'metadata'],
  ['a Proxy that throws on getPrototypeOf', { a: hostile('getPrototypeOf') }, 'metadata'],
  [
    'a revoked Proxy',
    (() => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    })(),
    'metadata',
  ],
  [
    'a Proxy of an array that lies about its length',
    { a: new Proxy([], { get: (_, name) => (name === 'length' ? 2 ** 40 : 1) }) },
    'metadata.a',
  ],
  ['a string longer than 8 KiB', { a: 'x'.repeat(8193) }, 'metadata.a'],
  ['a name longer than 8 KiB', { ['x'.repeat(8193)]: 1 }, `metadata.${'x'.repeat(64)}`],
  ['more than 8 KiB in all', { a: 'x'.repeat(5000), b: 'x'.repeat(5000) }, 'metadata'],
  ['10,000 members', Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [n, 1])), 'metadata'],
  ['an endless array', { a: Array.from({ length: 8193 }, () => 1) }, 'metadata.a'],
  ['the same large value a thousand times', { a: Array.from({ length: 1000 }, () => ['xxxxxxxxxx']) }, 'metadata'],
];

test.each(refused)('metadata with %s is refused with the path of the value', (_what, metadata, field) => {
  const error = refusalOf(() => copyMetadata(metadata));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', retryable: false });
  // What is nested too deep is found where the limit is.
  expect(error.message.includes('nested deeper') ? error.field?.slice(0, field.length) : error.field).toBe(field);
});

const told: readonly (readonly [metadata: unknown, message: string])[] = [
  [null, 'metadata is not an object'],
  ['text', 'metadata is not an object'],
  [new Map(), 'metadata is not a plain object or array'],
  [{ a: new Date(0) }, 'metadata.a is not a plain object or array'],
  [{ a: Number.NaN }, 'metadata.a is NaN, which JSON does not have'],
  [{ 'a\n': Infinity }, String.raw`metadata.a\n is Infinity, which JSON does not have`],
  [{ a: -0 }, 'metadata.a is -0, which JSON does not keep: use 0'],
  [{ a: 1n }, 'metadata.a is a bigint, which JSON does not have'],
  [{ a: [1, undefined] }, 'metadata.a[1] is undefined, which JSON does not have'],
  [{ get: Object.defineProperty({}, 'a', { get: () => 1 }) }, 'metadata.get.a is a getter: give its value'],
  [{ [Symbol('x')]: 1 }, 'metadata has a member named by a symbol, which JSON does not have'],
  [JSON.parse('{"__proto__":1}'), 'metadata.__proto__ has a name that is not allowed'],
  [nested(33), `metadata${'.a'.repeat(32)} is nested deeper than 32 levels, or in itself`],
  [{ a: 'x'.repeat(8193) }, 'metadata.a is longer than 8192 characters'],
  [{ a: 'x'.repeat(8192) }, 'metadata has 8200 bytes as JSON, the limit is 8192'],
  [{ ['x'.repeat(8193)]: 1 }, `metadata.${'x'.repeat(64)} has a name longer than 8192 characters`],
  [{ ['x'.repeat(8192)]: 1 }, 'metadata has 8198 bytes as JSON, the limit is 8192'],
  [{ a: Array.from({ length: 8193 }, () => 1) }, 'metadata.a has more than 8192 items'],
  [{ a: Array.from({ length: 8192 }, () => 1) }, 'metadata has more than 8192 values'],
  [{ a: Array.from({ length: 8191 }, () => 1) }, 'metadata has 16389 bytes as JSON, the limit is 8192'],
  [hostile('ownKeys'), 'metadata cannot be read'],
];

test('a refusal says which value it is, and what JSON has not', () => {
  expect(told.map(([metadata]) => refusalOf(() => copyMetadata(metadata)).message)).toEqual(
    told.map(([, message]) => message),
  );
});

test('what a Proxy throws is the cause', () => {
  expect(refusalOf(() => copyMetadata(hostile('ownKeys'))).cause).toEqual(new Error('boo'));
});

test('metadata of a record are good, or refused as those of a caller are', () => {
  expect(problemOfMetadata({ a: 1 })).toBeUndefined();
  expect(problemOfMetadata([])).toBe('is refused: metadata is not an object');
});

test('metadata of exactly 8 KiB as JSON is taken, of one byte more refused', () => {
  const fits = { a: 'x'.repeat(8 * 1024 - 8) };
  expect(copyMetadata(fits)).toEqual(fits);

  expect(refusalOf(() => copyMetadata({ a: `${fits.a}x` }))).toMatchObject({
    field: 'metadata',
    expected: 8192,
    found: 8193,
  });
});

test('bytes are counted as UTF-8 and as JSON writes them', () => {
  expect(refusalOf(() => copyMetadata({ a: '\0'.repeat(2000) }))).toMatchObject({ found: 12_008 });
  expect(refusalOf(() => copyMetadata({ a: '\u20ac'.repeat(3000) }))).toMatchObject({ found: 9008 });
});

test('whatever JSON has is taken', () => {
  const metadata = { all: [true, false, null, 0, -1.5, '', 'x', [], {}, [[]], { a: { b: 1 } }] };

  expect(copyMetadata(metadata)).toStrictEqual(metadata);
});

test('32 levels are taken, of any number of values side by side', () => {
  const wide = { list: Array.from({ length: 100 }, () => [{ a: 1 }]) };

  expect(copyMetadata(nested(32))).toEqual(nested(32));
  expect(copyMetadata(wide)).toEqual(wide);
});

test('members that are undefined are left out, as JSON does', () => {
  expect(copyMetadata({ a: undefined, b: { c: undefined } })).toStrictEqual({ b: {} });
});

test('an object without a prototype is taken, a lone surrogate kept, constructor and prototype are names like others', () => {
  const metadata = Object.assign(Object.create(null) as object, {
    text: '\ud800',
    constructor: 'x',
    prototype: 1,
    toString: null,
  });

  expect(copyMetadata(metadata)).toStrictEqual({ text: '\ud800', constructor: 'x', prototype: 1, toString: null });
});

test('the copy shares nothing with what was given', () => {
  const list = [{ deep: [1] }];

  const copy = copyMetadata({ list });
  list[0]?.deep.push(2);

  expect(copy).toEqual({ list: [{ deep: [1] }] });
});

test('metadata never change a prototype', () => {
  refusalOf(() => copyMetadata(JSON.parse('{"a":{"__proto__":{"polluted":1}}}')));

  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('I-23 a refusal shows no value', () => {
  for (const metadata of [
    { a: 'TOPSECRET'.repeat(2000) },
    { TOP: ['TOPSECRET', undefined] },
    { a: 'TOPSECRET', b: 1n },
  ]) {
    expect(
      inspect(
        refusalOf(() => copyMetadata(metadata)),
        { depth: null, showHidden: true },
      ),
    ).not.toContain('TOPSECRET');
  }
});

const json = fc.dictionary(
  fc.string({ unit: 'binary', maxLength: 8 }).filter((name) => name !== '__proto__'),
  fc.jsonValue({ maxDepth: 4, noUnicodeString: false }),
  { maxKeys: 6 },
);

test('metadata that are taken come back from JSON as they were given', () => {
  fc.assert(
    fc.property(json, (metadata) => {
      const copy = attempt(() => copyMetadata(metadata));
      // fast-check's JSON holds -0 and __proto__, too.
      fc.pre(!isArtifactError(copy));
      expect(JSON.parse(JSON.stringify(copy))).toEqual(copy);
      expect(JSON.stringify(copy)).toBe(JSON.stringify(metadata));
    }),
    propertyRuns,
  );
});

test('anything at all is either taken as JSON holds it or refused as an argument', () => {
  fc.assert(
    fc.property(
      fc.anything({
        withBigInt: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
        withSparseArray: true,
        withTypedArray: true,
        withObjectString: true,
      }),
      (metadata) => {
        const copy = attempt(() => copyMetadata(metadata));
        const right = isArtifactError(copy, 'INVALID_ARGUMENT') ? copy : JSON.parse(JSON.stringify(copy));
        expect(copy).toEqual(right);
      },
    ),
    propertyRuns,
  );
});
