import { expect, test } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import { collect, content, flipped, objectAt, open, refusal } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const key = 'records/a';
const small = 300;
const large = 100_000;

/** Gives all but the last byte of an object whose size it names as it is. */
function endingEarly(inner: ArtifactBackend): ArtifactBackend {
  return wrapBackend(inner, {
    read: async (at, options) => {
      const result = await inner.read(at, options);
      if (result.status !== 'found') return result;
      const bytes = Buffer.concat(await collect(result.body));
      return { ...result, body: endingBefore(bytes) };
    },
  });
}

async function* endingBefore(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, -1);
}

/** Where the tail begins. */
function tailOf(object: Uint8Array): number {
  return object.indexOf(0x0a) + 1;
}

test.each([
  ['content inside of the record', small, 'its content is not what was stored'],
  ['a chunk list', large, 'its chunk list is not what was signed'],
])('I-1 a bit flipped in %s is told before anything is handed out', async (_what, size, problem) => {
  const { store, backend } = open();
  await store.upload('a', content(size));
  const object = await objectAt(backend, key);
  for (const bit of [tailOf(object) * 8, object.length * 8 - 1]) {
    await backend.write(key, flipped(object, bit));

    const error = await refusal(store.download('a'));

    expect(error).toMatchObject({ code: 'INTEGRITY', artifactId: 'a' });
    expect(error.message).toBe(`artifact "a" fails its integrity check: ${problem}`);
    expect(await refusal(store.update('a', { hold: true }))).toMatchObject({ code: 'INTEGRITY' });
  }
});

test.each([small, large])('I-1 a tail of %i bytes of content that ends early is none', async (size) => {
  const { store, backend } = open();
  await store.upload('a', content(size));
  const { store: reader } = open({ backend: endingEarly(backend) });

  expect((await refusal(reader.download('a'))).message).toBe(
    'artifact "a" fails its integrity check: its record object ended early',
  );
});

test.each([-1, 1])('I-1 a record object with %i bytes more than its record says is refused', async (more) => {
  const { store, backend } = open();
  await store.upload('a', content(small));
  const object = Buffer.from(await objectAt(backend, key));
  await backend.write(key, more > 0 ? Buffer.concat([object, Buffer.of(0)]) : object.subarray(0, more));

  const problem = `its record object has ${object.length + more} bytes, not ${object.length}`;
  for (const look of [store.download('a'), store.getMetadata('a')])
    expect((await refusal(look)).message).toBe(`artifact "a" fails its integrity check: ${problem}`);
});

test('I-1 a record object without an end of line is refused', async () => {
  const { store, backend } = open();
  await store.upload('a', content(small));
  const object = await objectAt(backend, key);
  await backend.write(key, object.subarray(0, tailOf(object) - 1));

  for (const look of [store.download('a'), store.getMetadata('a')])
    expect((await refusal(look)).message).toBe('artifact "a" fails its integrity check: its record has no end of line');
});

test('where nothing is there is no record, with its tail or without', async () => {
  const { store } = open();

  expect(await refusal(store.download('a'))).toMatchObject({ code: 'NOT_FOUND' });
  expect(await store.getMetadata('a')).toBeUndefined();
  expect(await refusal(store.upload('a', content(large), { ifGeneration: 1 }))).toMatchObject({
    code: 'PRECONDITION_FAILED',
    found: 0,
  });
});
