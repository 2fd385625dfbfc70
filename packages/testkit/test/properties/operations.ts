import type { ArtifactStore } from '@artifacts/core';
import * as fc from 'fast-check';

import {
  type Allowed,
  describeArtifact,
  describeMetadata,
  isLive,
  liveIn,
  type Model,
  refusalToRead,
  uploaded,
} from './model.ts';
import { inPages } from './pages.ts';

/** Something to ask of a store, and the same of the model. */
export interface Operation {
  readonly name: string;
  readonly run: (store: ArtifactStore, now: number) => Promise<string>;
  readonly model: (model: Model) => Allowed;
}

const hour = 3_600_000;
const ids = fc.constantFrom('a', 'a/b', 'a-b', 'b');
// Inside of the record, on its edge, and outside of it.
const contents = fc
  .tuple(fc.constantFrom(0, 1, 63, 64, 65, 200), fc.constantFrom('x', 'y', 'z'))
  .map(([size, letter]) => letter.repeat(size));
const contentTypes = fc.constantFrom('text/plain', 'application/gzip');
const hours = fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined });
const generations = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined });

function after(now: number, lifetime: number | undefined): number | undefined {
  return lifetime === undefined ? undefined : now + lifetime * hour;
}

const uploads = fc
  .record({ id: ids, content: contents, contentType: contentTypes, lifetime: hours, ifGeneration: generations })
  .map(({ id, content, contentType, lifetime, ifGeneration }): Operation => ({
    name: `upload ${id}, ${content.length} bytes, ${contentType}, for ${lifetime} h, if ${ifGeneration}`,
    run: async (store, now) => {
      const options = { contentType, expiresAt: after(now, lifetime), ifGeneration };
      return describeMetadata(await store.upload(id, content, options));
    },
    model: (model) => {
      const artifact = { content, contentType, expiresAt: after(model.now, lifetime) };
      return uploaded(model, id, artifact, ifGeneration);
    },
  }));

const copies = fc.tuple(ids, ids, generations).map(([from, to, ifGeneration]): Operation => ({
  name: `copy ${from} to ${to}, if ${ifGeneration}`,
  run: async (store) => describeMetadata(await store.copy(from, to, { ifGeneration })),
  model: (model) => {
    const original = liveIn(model, from);
    return original === undefined
      ? (refusalToRead(model, from) ?? { code: 'NOT_FOUND' })
      : uploaded(model, to, original, ifGeneration);
  },
}));

const updates = fc
  .record({ id: ids, lifetime: hours, hold: fc.constantFrom(true, false, undefined) })
  .map(({ id, lifetime, hold }): Operation => ({
    name: `update ${id}, for ${lifetime ?? 'ever'}, hold ${hold}`,
    run: async (store, now) =>
      describeMetadata(await store.update(id, { expiresAt: after(now, lifetime) ?? null, hold })),
    model: (model) => {
      const live = liveIn(model, id);
      if (live === undefined) return refusalToRead(model, id) ?? { code: 'NOT_FOUND' };
      const next = { ...live, expiresAt: after(model.now, lifetime), hold: hold ?? live.hold };
      return { value: describeArtifact(next), id, next };
    },
  }));

const deletes = ids.map((id): Operation => ({
  name: `delete ${id}`,
  run: async (store) => String(await store.delete(id)),
  model: ({ artifacts }) => {
    if (artifacts.get(id)?.hold === true) return { code: 'RETAINED' };
    return { value: String(artifacts.has(id)), id, next: undefined };
  },
}));

const ranges = fc.tuple(fc.integer({ min: 0, max: 210 }), fc.integer({ min: 0, max: 70 }));
const downloads = fc.tuple(ids, fc.option(ranges, { nil: undefined })).map(([id, range]): Operation => {
  const [start = 0, length = 1000] = range ?? [];
  return {
    name: `download ${id}, ${length} bytes from ${start}`,
    run: async (store) => {
      const download = await store.download(id, range && { range: { start, end: start + length } });
      return `${await download.text()} of ${describeMetadata(download.metadata)}`;
    },
    model: (model) => {
      const live = liveIn(model, id);
      if (live === undefined) return refusalToRead(model, id) ?? { code: 'NOT_FOUND' };
      if (start >= live.content.length && live.content.length > 0) return { code: 'INVALID_ARGUMENT' };
      return { value: `${live.content.slice(start, start + length)} of ${describeArtifact(live)}` };
    },
  };
});

const looks = ids.map((id): Operation => ({
  name: `getMetadata ${id}`,
  run: async (store) => describeMetadata(await store.getMetadata(id)),
  model: ({ artifacts }) => ({ value: describeArtifact(artifacts.get(id)) }),
}));

const listings = fc
  .record({
    prefix: fc.constantFrom('', 'a', 'a/', 'b', 'c'),
    limit: fc.integer({ min: 1, max: 3 }),
    all: fc.boolean(),
  })
  .map(({ prefix, limit, all }): Operation => ({
    name: `list ${prefix} by ${limit}${all ? ', expired ones, too' : ''}`,
    run: async (store) => {
      const listed = await inPages(store, { prefix, limit, includeExpired: all });
      return listed.map((metadata) => `${metadata.id}: ${describeMetadata(metadata)}`).join('; ');
    },
    model: ({ artifacts, now }) => {
      const listed = [...artifacts].filter(([id, found]) => id.startsWith(prefix) && (all || isLive(found, now)));
      const inOrder = listed.toSorted(([one], [other]) => (one < other ? -1 : 1));
      return { value: inOrder.map(([id, found]) => `${id}: ${describeArtifact(found)}`).join('; ') };
    },
  }));

/** Every operation of a store, writes more often than reads. */
export const operations: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 5, arbitrary: uploads },
  { weight: 2, arbitrary: copies },
  { weight: 2, arbitrary: updates },
  { weight: 2, arbitrary: deletes },
  { weight: 2, arbitrary: downloads },
  { weight: 1, arbitrary: looks },
  { weight: 1, arbitrary: listings },
);
