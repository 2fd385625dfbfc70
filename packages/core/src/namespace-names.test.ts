import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { watched } from './faults.test-helper.ts';
import { isKey } from './keys.ts';
import { namespacePrefix, recordKey } from './layout.ts';
import { memoryBackend } from './memory.ts';
import { requireNamespace } from './namespaces.ts';
import { attempt, open, propertyRuns, refusalOf } from './store.test-helper.ts';

const refused: readonly (readonly [name: unknown, problem: string])[] = [
  ['', 'is empty'],
  ['.', 'is not a name'],
  ['..', 'is not a name'],
  ['a/b', 'has a "/"'],
  ['/', 'has a "/"'],
  ['../a', 'has a "/"'],
  ['a\0', 'has a control character'],
  ['a\nb', 'has a control character'],
  ['a\u007f', 'has a control character'],
  ['\ud800', 'has a lone surrogate'],
  ['a\udc00', 'has a lone surrogate'],
  ['e\u0301', "is not in Unicode normalisation form C: call namespace.normalize('NFC')"],
  ['a'.repeat(65), 'is longer than 64 bytes once escaped'],
  ['A'.repeat(22), 'is longer than 64 bytes once escaped'],
  ['\u00e9'.repeat(11), 'is longer than 64 bytes once escaped'],
  ['a'.repeat(513), 'is longer than 512 bytes'],
  [undefined, 'is not a string'],
  [null, 'is not a string'],
  [7, 'is not a string'],
  [['a'], 'is not a string'],
  [new String('a'), 'is not a string'],
];

test.each(refused)('I-20 namespace %j is refused before any I/O: it %s', (name, problem) => {
  const { backend, calls } = watched(memoryBackend());
  const { store } = open({ backend });

  const error = refusalOf(() => store.namespace(name as string));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'namespace', retryable: false });
  expect(error.message).toContain(problem);
  expect(error.message.length).toBeLessThan(400);
  expect(calls).toEqual([]);
});

const accepted: readonly (readonly [name: string, prefix: string])[] = [
  ['a', 'ns/a/'],
  ['A', 'ns/=41/'],
  ['a=41', 'ns/a=3d41/'],
  ['=41', 'ns/=3d41/'],
  ['...', 'ns/.../'],
  ['..a', 'ns/..a/'],
  [' ', 'ns/=20/'],
  ['ns', 'ns/ns/'],
  ['records', 'ns/records/'],
  ['a\\b', 'ns/a=5cb/'],
  ['%2f', 'ns/=252f/'],
  ['\u00e9', 'ns/=c3=a9/'],
  ['\u{1f600}', 'ns/=f0=9f=98=80/'],
  ['__proto__', 'ns/__proto__/'],
  ['a'.repeat(64), `ns/${'a'.repeat(64)}/`],
  ['A'.repeat(21), `ns/${'=41'.repeat(21)}/`],
];

test.each(accepted)('I-20 the keys of namespace %j lie under %s', async (name, prefix) => {
  const { store, backend } = open();
  await store.namespace(name).upload('x', 'content');

  const keys: string[] = [];
  for await (const { key } of backend.list({ prefix: '' })) keys.push(key);

  expect(keys).toEqual([`${prefix}records/x`, 'store.json']);
});

test('the longest key of a namespace is no longer than a key may be', () => {
  const longest = namespacePrefix('a'.repeat(64)) + recordKey('A'.repeat(256));

  expect(isKey(longest)).toBe(true);
  expect(namespacePrefix('a'.repeat(64)).length).toBe(68);
});

test.each(['b', 'a', '../', 7])('namespaces do not nest, whatever the inner one (%j) is called', (name) => {
  const inside = open().store.namespace('a');

  const error = refusalOf(() => inside.namespace(name as string));

  expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'namespace' });
  expect(error.message).toContain('namespaces do not nest: ask the store itself for');
});

const name = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
    fc.string({ unit: fc.constantFrom(...Array.from('aA=41.-_~ \u00e9\u00c9')), minLength: 1, maxLength: 12 }),
  )
  .map((text) => text.toWellFormed().normalize('NFC'))
  .filter((text) => attempt(() => requireNamespace(text, undefined)) === undefined);

test('I-20 two names never share a key, also once case is folded and Unicode is normalised', () => {
  const near = fc
    .tuple(name, name)
    .chain(([one, other]) =>
      fc.constantFrom(
        [one, other] as const,
        [one, one.toUpperCase().normalize('NFC')] as const,
        [one, one.toLowerCase().normalize('NFC')] as const,
        [one, one.normalize('NFKC')] as const,
        [one, namespacePrefix(one).slice(3, -1)] as const,
      ),
    );
  fc.assert(
    fc.property(near, ([one, other]) => {
      const folded = (text: string): string => namespacePrefix(text).normalize('NFKC').toLowerCase();
      expect(folded(one) === folded(other)).toBe(one === other);
      // Nor does a key of one begin like those of the other.
      expect(namespacePrefix(other).startsWith(namespacePrefix(one))).toBe(one === other);
    }),
    propertyRuns,
  );
});

test('any text at all is either refused as a namespace or is one segment of a key', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      const error = attempt(() => requireNamespace(text, undefined));
      const segment = /^ns\/(?!\.{1,2}\/)[a-z0-9._=-]{1,64}\/$/;
      expect(error === undefined ? segment.test(namespacePrefix(text)) : error.field).toBe(
        error === undefined || 'namespace',
      );
    }),
    propertyRuns,
  );
});
