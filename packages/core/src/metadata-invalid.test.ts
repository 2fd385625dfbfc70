import { inspect } from 'node:util';

import * as v from 'valibot';
import { expect, test } from 'vitest';
import { z } from 'zod';

import type { InvalidEntry } from './errors.ts';
import { watched } from './faults.test-helper.ts';
import { memoryBackend } from './memory.ts';
import { invalidMetadata, type StandardSchema } from './metadata-schema.ts';
import { collect, keyringOf, open, refusal, state } from './store.test-helper.ts';
import { ArtifactStore } from './store.ts';

const secret = 'CONFIDENTIALVALUE';
const common = { signing: keyringOf('k1'), audience: 'test' };

interface Stage {
  stage: 'test' | 'live';
  list?: { n: number }[] | undefined;
}

const schemas: Readonly<Record<string, StandardSchema<Stage>>> = {
  zod: z.object({ stage: z.enum(['test', 'live']), list: z.array(z.object({ n: z.number() })).optional() }),
  valibot: v.object({ stage: v.picklist(['test', 'live']), list: v.optional(v.array(v.object({ n: v.number() }))) }),
};

/** Stores one good and two legacy artifacts under no schema, and opens them with one. */
async function legacy(schema: StandardSchema<Stage>) {
  const { store: before, backend } = open();
  await before.upload('good', 'x', { metadata: { stage: 'live' } });
  await before.upload('old', 'x', { metadata: { stage: secret } });
  await before.upload('older', 'x', { metadata: { stage: 'live', list: [{ n: 1 }, { n: secret }] } });
  return { before, backend, store: new ArtifactStore({ ...common, backend, metadataSchema: schema }) };
}

test.each(Object.entries(schemas))(
  '%s: what a schema refuses is not uploaded, before any I/O',
  async (_name, schema) => {
    const { backend, calls } = watched(memoryBackend());
    const store = new ArtifactStore({ ...common, backend, metadataSchema: schema });
    const metadata = { stage: 'live', list: [{ n: 1 }, { n: secret }] } as never;

    const errors = [
      await refusal(store.upload('a', 'x', { metadata })),
      await refusal(store.update('a', { metadata })),
      ...(await store.uploadMany([{ id: 'a', source: 'x', metadata }])).map(
        (result) => !result.success && result.error,
      ),
    ];

    for (const error of errors) {
      expect(error).toMatchObject({
        code: 'METADATA_INVALID',
        field: 'metadata.list[1].n',
        retryable: false,
        message:
          "the metadata given does not follow the store's metadataSchema at metadata.list[1].n: see invalidMetadata(error)",
      });
      expect(invalidMetadata(error)?.metadata).toEqual(metadata);
      expect(invalidMetadata(error)?.issues.map(({ path }) => path?.length)).toEqual([3]);
    }
    expect(await refusal(store.upload('a', 'x'))).toMatchObject({ code: 'METADATA_INVALID', field: 'metadata.stage' });
    expect(calls).toEqual([]);
  },
);

test.each(Object.entries(schemas))(
  '%s: legacy metadata that do not follow the schema are refused by every read',
  async (_n, schema) => {
    const { store } = await legacy(schema);

    for (const [id, field] of [
      ['old', 'metadata.stage'],
      ['older', 'metadata.list[1].n'],
    ] as const) {
      for (const call of [() => store.getMetadata(id), () => store.download(id), () => store.copy(id, 'copy')]) {
        const error = await refusal(call());
        expect(error).toMatchObject({ code: 'METADATA_INVALID', field });
      }
      const error = await refusal(store.getMetadata(id));
      expect(error.artifactId).toBe(id);
      expect(error.message).toContain(`the metadata of artifact "${id}" does not follow`);
      expect(invalidMetadata(error)).toMatchObject({ metadata: { stage: id === 'old' ? secret : 'live' } });
    }
    expect(await store.getMetadata('good')).toMatchObject({ metadata: { stage: 'live' } });
  },
);

test.each(Object.entries(schemas))('I-2 %s: legacy metadata hide nothing in listings', async (_name, schema) => {
  const { store } = await legacy(schema);
  const told: InvalidEntry[] = [];
  const expected = [
    ['old', 'METADATA_INVALID', { stage: secret }],
    ['older', 'METADATA_INVALID', { stage: 'live', list: [{ n: 1 }, { n: secret }] }],
  ];
  const facts = (entries: readonly InvalidEntry[] = []): unknown[] =>
    entries.map(({ id, error }) => [id, error.code, invalidMetadata(error)?.metadata]);

  const page = await store.page();
  const listed = await collect(store.list({ onInvalid: (entry) => void told.push(entry) }));
  const error = await refusal(collect(store.list()));

  expect([page.artifacts.map(({ id }) => id), facts(page.invalid)]).toEqual([['good'], expected]);
  expect([listed.map(({ id }) => id), facts(told)]).toEqual([['good'], expected]);
  expect([error.code, error.found, facts(error.invalid)]).toEqual(['INTEGRITY', 2, expected]);
});

test.each(Object.entries(schemas))(
  '%s: an update of legacy metadata has to mend them, and otherwise writes nothing',
  async (_n, schema) => {
    const { store, backend, before } = await legacy(schema);
    const stored = await state(backend);

    const error = await refusal(store.update('old', { hold: true }));

    expect(error).toMatchObject({ code: 'METADATA_INVALID', artifactId: 'old', field: 'metadata.stage' });
    expect(invalidMetadata(error)?.metadata).toEqual({ stage: secret });
    expect(new Map([...(await state(backend))].filter(([key]) => key !== 'store.json'))).toEqual(
      new Map([...stored].filter(([key]) => key !== 'store.json')),
    );
    expect(await store.update('old', { hold: true, metadata: { stage: 'live' } })).toMatchObject({
      hold: true,
      metadata: { stage: 'live' },
    });
    expect(await before.getMetadata('old')).toMatchObject({ metadata: { stage: 'live' } });
  },
);

test('legacy artifacts can be replaced, deleted, and copied to where no schema refuses them', async () => {
  const { store, before } = await legacy(schemas['zod'] as StandardSchema<Stage>);

  expect((await store.copy('old', 'copy', { into: before as never })).metadata).toEqual({ stage: secret });
  expect((await store.copy('old', 'mended', { metadata: { stage: 'test' } })).metadata).toEqual({ stage: 'test' });
  expect((await store.upload('old', 'y', { metadata: { stage: 'test' } })).generation).toBe(2);
  expect(await store.delete('older')).toBe(true);
});

test.each(Object.entries(schemas))(
  'I-23 %s: no value of refused metadata is in the error, however it is printed',
  async (_n, schema) => {
    const { store } = await legacy(schema);
    const metadata = { stage: secret } as never;
    const errors = [
      await refusal(store.upload('a', 'x', { metadata })),
      await refusal(store.getMetadata('old')),
      await refusal(store.getMetadata('older')),
      await refusal(collect(store.list())),
      ...(await store.page()).invalid.map(({ error }) => error),
      await store.safe.upload('a', 'x', { metadata }),
    ];

    for (const error of errors) {
      const text = [
        inspect(error, { depth: null, showHidden: true, maxStringLength: null, maxArrayLength: null }),
        JSON.stringify(error),
      ].join('\n');
      expect(text).toContain('METADATA_INVALID');
      expect(text).not.toContain(secret.slice(0, 12));
      expect('cause' in error).toBe(false);
    }
  },
);

test('only a refusal of metadata has something to tell of them', async () => {
  const { store } = open();

  for (const other of [await refusal(store.download('a')), new Error('x'), undefined, null, 'METADATA_INVALID', 7])
    expect(invalidMetadata(other)).toBeUndefined();
});
