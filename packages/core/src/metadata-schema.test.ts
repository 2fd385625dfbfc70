import * as v from 'valibot';
import { expect, expectTypeOf, test } from 'vitest';
import { z } from 'zod';

import type { ArtifactMetadata } from './artifact.ts';
import type { Download } from './download.ts';
import type { JsonObject } from './json.ts';
import type { Page } from './list.ts';
import { memoryBackend } from './memory.ts';
import { ArtifactReader } from './reader.ts';
import { Clock, collect, keyringOf, objectAt, open } from './store.test-helper.ts';
import { ArtifactStore } from './store.ts';

const zod = z.object({
  build: z.number(),
  at: z.string().transform((text) => new Date(text)),
  tags: z.array(z.string()).default(['none']),
});
const valibot = v.object({
  build: v.number(),
  at: v.pipe(
    v.string(),
    v.transform((text) => new Date(text)),
  ),
  tags: v.optional(v.array(v.string()), ['none']),
});

interface Input {
  build: number;
  at: string;
  tags?: string[] | undefined;
}
interface Output {
  build: number;
  at: Date;
  tags: string[];
}

const given: Input = { build: 42, at: '2026-01-02T03:04:05.000Z' };
const seen: Output = { build: 42, at: new Date('2026-01-02T03:04:05.000Z'), tags: ['none'] };

const clock = new Clock();
const common = { signing: keyringOf('k1'), audience: 'test', now: () => clock.wall };
const libraries = {
  zod: () => new ArtifactStore({ ...common, backend: memoryBackend(), metadataSchema: zod }),
  valibot: () => new ArtifactStore({ ...common, backend: memoryBackend(), metadataSchema: valibot }),
} as const;

test('a schema types what uploads take and what reads give, whichever library made it', () => {
  expectTypeOf(libraries.zod).returns.toEqualTypeOf<ArtifactStore<z.input<typeof zod>, z.output<typeof zod>>>();
  expectTypeOf(libraries.valibot).returns.toEqualTypeOf<
    ArtifactStore<v.InferInput<typeof valibot>, v.InferOutput<typeof valibot>>
  >();
  expectTypeOf<z.input<typeof zod>>().toEqualTypeOf<Input>();
  expectTypeOf<v.InferInput<typeof valibot>>().toEqualTypeOf<Input>();
  expectTypeOf<z.output<typeof zod>>().toEqualTypeOf<Output>();
  expectTypeOf<v.InferOutput<typeof valibot>>().toEqualTypeOf<Output>();

  type Store = ArtifactStore<Input, Output>;
  const copyWithin = (store: Store) => store.copy('a', 'b');
  const copyInto = (store: Store, into: ArtifactStore) => store.copy('a', 'b', { into });
  expectTypeOf(copyWithin).returns.resolves.toEqualTypeOf<ArtifactMetadata<Output>>();
  expectTypeOf(copyInto).returns.resolves.toEqualTypeOf<ArtifactMetadata>();
  type Uploaded = NonNullable<Parameters<Store['upload']>[2]>['metadata'];
  expectTypeOf<Uploaded>().toEqualTypeOf<Input | undefined>();
  expectTypeOf<Parameters<Store['update']>[1]['metadata']>().toEqualTypeOf<Input | undefined>();
  expectTypeOf<Store['upload']>().returns.resolves.toEqualTypeOf<ArtifactMetadata<Output>>();
  expectTypeOf<Store['update']>().returns.resolves.toEqualTypeOf<ArtifactMetadata<Output>>();
  expectTypeOf<Store['getMetadata']>().returns.resolves.toEqualTypeOf<ArtifactMetadata<Output> | undefined>();
  expectTypeOf<Store['download']>().returns.resolves.toEqualTypeOf<Download<Output>>();
  expectTypeOf<Store['page']>().returns.resolves.toEqualTypeOf<Page<Output>>();
  expectTypeOf<Store['list']>().returns.toEqualTypeOf<AsyncIterableIterator<ArtifactMetadata<Output>>>();
  expectTypeOf<Store['namespace']>().returns.toEqualTypeOf<Store>();
});

test('without a schema metadata are any JSON object, both ways', () => {
  const { store } = open();

  expectTypeOf(store).toEqualTypeOf<ArtifactStore<JsonObject, JsonObject>>();
  expectTypeOf<(typeof store)['getMetadata']>().returns.resolves.toEqualTypeOf<ArtifactMetadata | undefined>();
});

test.each(Object.entries(libraries))('%s: every operation gives the output of the schema', async (_name, make) => {
  const store = make();

  const stored = await store.upload('a', 'content', { metadata: given });

  expect(stored.metadata).toEqual(seen);
  expect(await store.getMetadata('a')).toEqual(stored);
  expect(await store.getMetadata('a')).toEqual(stored);
  expect((await store.page()).artifacts).toEqual([stored]);
  expect(await collect(store.list())).toEqual([stored]);
  const download = await store.download('a');
  expect([download.metadata, download.slice({ last: 1 }).metadata]).toEqual([stored, stored]);
  expect((await store.update('a', { hold: true })).metadata).toEqual(seen);
  expect((await store.update('a', { metadata: { ...given, tags: ['x'] } })).metadata).toEqual({ ...seen, tags: ['x'] });
  expect((await store.copy('a', 'b')).metadata).toEqual({ ...seen, tags: ['x'] });
  const [uploaded] = await store.uploadMany([{ id: 'c', source: 'x', metadata: given }]);
  expect(uploaded).toMatchObject({ success: true, metadata: { metadata: seen } });
  const inside = store.namespace('n');
  expect((await inside.upload('a', 'x', { metadata: given })).metadata).toEqual(seen);
  expect((await inside.getMetadata('a'))?.metadata).toEqual(seen);
});

test('what is stored is what was given, not what the schema made of it', async () => {
  const backend = memoryBackend();
  const store = new ArtifactStore({ ...common, backend, metadataSchema: zod });

  await store.upload('a', 'x', { metadata: given });

  const [line = ''] = Buffer.from(await objectAt(backend, 'records/a'))
    .toString()
    .split('\n');
  const { payload } = JSON.parse(line) as { payload: string };
  const { metadata } = JSON.parse(Buffer.from(payload, 'base64').toString()) as { metadata: unknown };
  expect(metadata).toEqual(given);
});

test('a reader gives the output of its own schema', async () => {
  const backend = memoryBackend();
  await new ArtifactStore({ ...common, backend }).upload('a', 'x', { metadata: { build: given.build, at: given.at } });

  const reader = new ArtifactReader({ ...common, backend, metadataSchema: zod });

  expectTypeOf(reader).toEqualTypeOf<ArtifactReader<z.output<typeof zod>>>();
  expect((await reader.getMetadata('a'))?.metadata).toEqual(seen);
});

test('metadata that are left out are an empty object to the schema', async () => {
  const store = new ArtifactStore({
    ...common,
    backend: memoryBackend(),
    metadataSchema: z.object({ stage: z.string().default('test') }),
  });

  expect((await store.upload('a', 'x')).metadata).toEqual({ stage: 'test' });
  expect((await store.getMetadata('a'))?.metadata).toEqual({ stage: 'test' });
});

test('who changes returned metadata changes nothing for the next reader', async () => {
  const store = libraries.zod();
  await store.upload('a', 'x', { metadata: given });

  for (let n = 0; n < 3; n += 1) {
    const found = await store.getMetadata('a');
    expect(found?.metadata).toEqual(seen);
    found?.metadata.tags.push('changed');
    found?.metadata.at.setTime(0);
  }
});
