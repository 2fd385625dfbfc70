import { inspect } from 'node:util';

import { expect, test } from 'vitest';

import { ArtifactError } from './errors.ts';
import { invalidMetadata, type StandardSchema } from './metadata-schema.ts';
import { collect, keyringOf, open, refusal, state } from './store.test-helper.ts';
import { ArtifactStore } from './store.ts';

const secret = 'CONFIDENTIALVALUE';

function schemaOf(validate: (value: unknown) => unknown): StandardSchema<object, unknown> {
  return { '~standard': { version: 1, vendor: 'test', validate: validate as never } };
}

/** A store with that schema, over artifacts that were stored under none. */
async function under(validate: (value: unknown) => unknown) {
  const { store, backend } = open();
  await store.upload('a', 'x', { metadata: { value: secret, list: [1] } });
  await store.upload('b', 'x', { metadata: { value: 'fine' } });
  const schema = schemaOf(validate);
  return {
    backend,
    store: new ArtifactStore({ backend, signing: keyringOf('k1'), audience: 'test', metadataSchema: schema }),
  };
}

test('a schema that changes its argument changes neither what is stored nor what others read', async () => {
  const { store, backend } = await under((value) => {
    Object.assign(value as object, { value: 'changed', more: true });
    return { value };
  });
  const before = await state(backend);
  const given = { value: 'given' };

  const stored = await store.upload('c', 'x', { metadata: given });

  expect(stored.metadata).toEqual({ value: 'changed', more: true });
  expect(given).toEqual({ value: 'given' });
  const plain = open({ backend }).store;
  expect((await plain.getMetadata('c'))?.metadata).toEqual({ value: 'given' });
  for (let n = 0; n < 2; n += 1) {
    expect((await store.getMetadata('a'))?.metadata).toEqual({ value: 'changed', more: true, list: [1] });
    expect((await store.page()).artifacts.length).toBe(3);
  }
  expect((await plain.getMetadata('a'))?.metadata).toEqual({ value: secret, list: [1] });
  expect((await state(backend)).get('records/a')).toBe(before.get('records/a'));
});

test('what a schema gives may be anything, also nothing', async () => {
  for (const value of [undefined, null, 0, 'text', [1], new Map()]) {
    const { store } = await under(() => ({ value }));
    expect((await store.getMetadata('a'))?.metadata).toBe(value);
    expect((await store.upload('a', 'x')).metadata).toBe(value);
  }
});

const throwing: readonly (readonly [what: string, error: unknown, issue: string])[] = [
  ['an Error', new RangeError(`no date: ${secret}`), `the schema threw: no date: ${secret}`],
  ['an ArtifactError', new ArtifactError('NOT_FOUND', secret), `the schema threw: ${secret}`],
  ['a text', secret, 'the schema threw something that is not an Error'],
  ['nothing', undefined, 'the schema threw something that is not an Error'],
];

test.each(throwing)(
  'I-23 a schema that throws %s refuses the metadata, and the error quotes nothing',
  async (_what, thrown, issue) => {
    const { store } = await under((value) => {
      if ((value as { value: string }).value === secret) throw thrown;
      return { value };
    });
    const metadata = { value: secret };

    const errors = [
      await refusal(store.upload('c', 'x', { metadata })),
      await refusal(store.getMetadata('a')),
      await refusal(store.download('a')),
      await refusal(store.update('a', { hold: true })),
    ];

    for (const error of errors) {
      expect(error).toMatchObject({ code: 'METADATA_INVALID', field: 'metadata' });
      expect(invalidMetadata(error)).toMatchObject({ metadata, issues: [{ message: issue }] });
      expect(inspect(error, { depth: null, showHidden: true }) + JSON.stringify(error)).not.toContain(secret);
    }
  },
);

test('I-2 one record that makes a schema throw hides no other', async () => {
  const { store } = await under((value) => {
    if ((value as { value: string }).value === secret) throw new Error('no');
    return { value };
  });

  const page = await store.page();

  expect(page.artifacts.map(({ id }) => id)).toEqual(['b']);
  expect(page.invalid.map(({ id, error }) => [id, error.code])).toEqual([['a', 'METADATA_INVALID']]);
  expect((await collect(store.list({ onInvalid: () => undefined }))).map(({ id }) => id)).toEqual(['b']);
});

const unusable: readonly (readonly [what: string, validate: () => unknown, problem: string])[] = [
  ['is asynchronous', async () => ({ value: 1 }), 'is asynchronous'],
  ['is asynchronous and fails', () => Promise.reject(new Error(secret)), 'is asynchronous'],
  ...[
    undefined,
    null,
    7,
    'text',
    {},
    [],
    { issues: null },
    { issues: 5 },
    { issues: 'text' },
    { value: 1, issues: 5 },
    { issues: [null] },
    { issues: [{}] },
    { issues: [{ message: 'm', path: 5 }] },
    { issues: [{ message: 'm', path: [null] }] },
    { issues: [{ message: 'm', path: [{ key: {} }] }] },
  ].map((result) => [`gives ${JSON.stringify(result)}`, () => result, 'gave neither a value nor issues'] as const),
];

test.each(unusable)('a schema that %s cannot be used, and says so', async (_what, validate, problem) => {
  const unhandled: unknown[] = [];
  const listener = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', listener);
  const { store, backend } = await under(validate);
  const before = await state(backend);

  for (const call of [
    () => store.upload('c', 'x', { metadata: { value: secret } }),
    () => store.getMetadata('a'),
    () => store.download('a'),
    () => store.page(),
    () => collect(store.list()),
  ]) {
    const error = await refusal(call());
    expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'metadataSchema' });
    expect(error.message).toContain(`metadataSchema ${problem}`);
    expect(inspect(error, { depth: null })).not.toContain(secret);
  }
  await new Promise(setImmediate);
  process.off('unhandledRejection', listener);
  expect(unhandled).toEqual([]);
  expect(await state(backend)).toEqual(before);
});

const at = (...path: unknown[]): unknown => ({ message: 'm', path });

const told: readonly (readonly [what: string, issues: unknown[], field: string, more: string])[] = [
  ['no issue', [], 'metadata', ''],
  ['an issue without a path', [{ message: 'm' }], 'metadata', ''],
  ['an issue of the whole', [at()], 'metadata', ''],
  ['the first of three issues', [at('a', 0, 'b'), at('c'), at('d')], 'metadata.a[0].b', ' and 2 more'],
  ['a path of objects', [at({ key: 'a' }, { key: 3 })], 'metadata.a[3]', ''],
  ['a path of a symbol', [at(Symbol('s'))], 'metadata.Symbol(s)', ''],
  ['a path of a long name', [at('x'.repeat(1000))], `metadata.${'x'.repeat(64)}`, ''],
  ['a long path', [at(...Array.from({ length: 100 }, () => 1))], `metadata${'[1]'.repeat(8)}`, ''],
];

test.each(told)('%s is told as a field', async (_what, issues, field, more) => {
  const { store } = await under(() => ({ issues }));

  const error = await refusal(store.getMetadata('a'));

  expect(error).toMatchObject({ code: 'METADATA_INVALID', field });
  expect(error.message).toBe(
    `the metadata of artifact "a" does not follow the store's metadataSchema at ${field}${more}: see invalidMetadata(error)`,
  );
  expect(invalidMetadata(error)?.issues).toBe(issues);
});
