import { expect, test } from 'vitest';

import type { ArtifactBackend } from './backend.ts';
import { ArtifactError } from './errors.ts';
import type { OperationEnd } from './events.ts';
import { watched } from './faults.test-helper.ts';
import { isUnverifiable } from './read-record.ts';
import type { KeyProvider } from './signing.ts';
import { collect, content, dump, flip, keyringOf, objectAt, open, refusal, type Opened } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';
import type { ArtifactStoreOptions } from './store-options.ts';

const ids = ['a', 'b', 'c'];

/** Keys that count how often a signature is verified, and that can be taken away. */
class Keys implements KeyProvider {
  readonly #keys = keyringOf('k1');
  state: 'known' | 'revoked' | 'unknown' = 'known';
  verified = 0;

  active() {
    return this.#keys.active();
  }

  async find(keyid: string) {
    const key = await this.#keys.find(keyid);
    if (key === undefined || this.state === 'unknown') return undefined;
    return {
      keyid,
      revoked: this.state === 'revoked',
      verify: (message: Uint8Array, signature: Uint8Array) => {
        this.verified += 1;
        return key.verify(message, signature);
      },
    };
  }
}

/** A store that is looked at, on the storage of another one that writes. */
async function looking(options: Partial<ArtifactStoreOptions> = {}, wrap = (inner: ArtifactBackend) => inner) {
  const { store: writer, backend: inner, clock }: Opened = open();
  for (const id of ids) await writer.upload(id, id, { metadata: { id } });
  const asked: (string | undefined)[] = [];
  const { backend, calls } = watched(
    wrapBackend(wrap(inner), {
      read: (key, call) => {
        asked.push(call?.ifChanged);
        return wrap(inner).read(key, call);
      },
    }),
  );
  const keys = new Keys();
  const ends: OperationEnd[] = [];
  const observers = [{ end: (event: OperationEnd) => void ends.push(event) }];
  const { store } = open({ backend, clock, signing: keys, observers, ...options });
  /** What was done since the last time. */
  const done = () => {
    const counts = { calls: calls.splice(0).map(({ call }) => call), verified: keys.verified, asked: asked.splice(0) };
    keys.verified = 0;
    return counts;
  };
  return { writer, inner, clock, store, keys, ends, done };
}

test('a second look at metadata is one question for a change, and verifies nothing', async () => {
  const { store, inner, done } = await looking();
  const [object] = await collect(inner.list({ prefix: 'records/a' }));
  const first = await store.getMetadata('a');
  expect(done()).toEqual({ calls: ['read'], verified: 1, asked: [undefined] });

  expect(await store.getMetadata('a')).toEqual(first);

  expect(done()).toEqual({ calls: ['read'], verified: 0, asked: [object?.version] });
});

test('a listing that was verified once costs the listing alone', async () => {
  const { store, done } = await looking();
  const first = await collect(store.list());
  expect(done()).toEqual({
    calls: ['list', 'read', 'read', 'read'],
    verified: 3,
    asked: [undefined, undefined, undefined],
  });

  expect(await collect(store.list())).toEqual(first);
  expect(done()).toEqual({ calls: ['list'], verified: 0, asked: [] });
  expect((await store.page()).artifacts).toEqual(first);
  expect(done()).toEqual({ calls: ['list'], verified: 0, asked: [] });
  expect((await store.page({ limit: 2, prefix: 'b' })).artifacts).toEqual(first.slice(1, 2));
  expect(done()).toEqual({ calls: ['list'], verified: 0, asked: [] });
});

test('looks at one artifact and listings remember for each other', async () => {
  const { store, done } = await looking();
  await store.getMetadata('b');
  done();

  await store.page();
  expect(done()).toMatchObject({ calls: ['list', 'read', 'read'], verified: 2 });
  await store.getMetadata('c');
  expect(done()).toMatchObject({ calls: ['read'], verified: 0 });
});

test('I-12 what another process wrote is seen at once: it is read and verified', async () => {
  const { store, writer, done } = await looking();
  await store.getMetadata('a');
  await store.page();
  done();

  const replaced = await writer.upload('a', 'other', { metadata: { n: 2 } });
  expect(await store.getMetadata('a')).toEqual(replaced);
  expect(done()).toMatchObject({ calls: ['read'], verified: 1 });
  const updated = await writer.update('a', { metadata: { n: 3 } });
  expect((await store.page()).artifacts[0]).toEqual(updated);
  expect(done()).toEqual({ calls: ['list', 'read'], verified: 1, asked: [undefined] });
  expect(await store.getMetadata('a')).toEqual(updated);
  expect(done()).toMatchObject({ calls: ['read'], verified: 0 });
});

test('I-12 what this store wrote itself is seen at once', async () => {
  const { store } = await looking();
  await store.getMetadata('a');

  const replaced = await store.upload('a', 'other');
  expect(await store.getMetadata('a')).toEqual(replaced);
  const updated = await store.update('a', { metadata: { n: 3 } });
  expect(await store.getMetadata('a')).toEqual(updated);
  expect((await store.page()).artifacts[0]).toEqual(updated);
  await store.delete('a');
  expect(await store.getMetadata('a')).toBeUndefined();
  const anew = await store.upload('a', 'anew');
  expect(await store.getMetadata('a')).toEqual(anew);
});

test('I-12 what was deleted is gone, with a tombstone and without, and its tombstone is remembered', async () => {
  const { store, writer, inner, done } = await looking();
  await store.page();
  await writer.delete('a');
  await inner.delete('records/b');
  done();

  expect([await store.getMetadata('a'), await store.getMetadata('b')]).toEqual([undefined, undefined]);
  expect(done()).toMatchObject({ calls: ['read', 'read'], verified: 1 });
  expect((await store.page()).artifacts.map(({ id }) => id)).toEqual(['c']);
  expect(done()).toMatchObject({ calls: ['list'], verified: 0 });
});

test('I-2 a record that was tampered with at the same size is refused, and the good one counts again when it is back', async () => {
  const { store, inner } = await looking();
  const good = await store.getMetadata('a');
  const bytes = await objectAt(inner, 'records/a');
  await flip(inner, 'records/a', 1000);
  expect((await objectAt(inner, 'records/a')).length).toBe(bytes.length);

  for (let n = 0; n < 2; n += 1) {
    expect(await refusal(store.getMetadata('a'))).toMatchObject({ code: 'SIGNATURE_INVALID' });
    const { artifacts, invalid } = await store.page();
    expect([artifacts.map(({ id }) => id), invalid.map(({ id, error }) => [id, error.code])]).toEqual([
      ['b', 'c'],
      [['a', 'SIGNATURE_INVALID']],
    ]);
  }
  await inner.write('records/a', bytes);
  expect(await store.getMetadata('a')).toEqual(good);
});

test.each([
  ['revoked', 'KEY_REVOKED'],
  ['unknown', 'UNKNOWN_KEY'],
] as const)(
  'I-2 a record whose key is %s meanwhile counts no more, and counts again when the key does',
  async (state, code) => {
    const { store, keys, ends } = await looking();
    const good = await collect(store.list());

    keys.state = state;

    for (let n = 0; n < 2; n += 1) {
      expect(await refusal(store.getMetadata('a'))).toMatchObject({ code, artifactId: 'a' });
      expect((await store.page()).invalid.map(({ id, error }) => [id, error.code])).toEqual(
        ids.map((id) => [id, code]),
      );
      expect((await refusal(collect(store.list()))).invalid?.length).toBe(3);
    }
    expect(ends.slice(1).map(({ cacheHits }) => cacheHits)).toEqual([0, 0, 0, 0, 0, 0]);
    keys.state = 'known';
    expect(await collect(store.list())).toEqual(good);
  },
);

test('I-25 keys that cannot be asked are no reason to trust what was remembered', async () => {
  const away = new Error('KMS is away');
  const keys = keyringOf('k1');
  let reachable = true;
  const signing: KeyProvider = {
    active: () => keys.active(),
    find: (keyid) => (reachable ? keys.find(keyid) : Promise.reject(away)),
  };
  const { store } = await looking({ signing });
  await store.page();

  reachable = false;

  for (const call of [() => store.getMetadata('a'), () => store.page(), () => collect(store.list())]) {
    const error = await refusal(call());
    expect([error.code, error.cause]).toEqual(['UNAVAILABLE', away]);
  }
});

test('who changes returned metadata changes nothing for the next reader', async () => {
  const { store } = await looking();

  for (let n = 0; n < 3; n += 1) {
    const found = [await store.getMetadata('a'), ...(await store.page()).artifacts.slice(0, 1)];
    for (const one of found) {
      expect(one).toMatchObject({ id: 'a', generation: 1, hold: false, metadata: { id: 'a' } });
      Object.assign(one ?? {}, { id: 'x', generation: 9, hold: true });
      Object.assign(one?.metadata ?? {}, { id: 'changed', more: true });
      one?.createdAt.setTime(0);
    }
  }
});

test('with no cached records every look reads and verifies anew', async () => {
  const { store, done, ends } = await looking({ cachedRecords: 0 });

  await store.getMetadata('a');
  await store.getMetadata('a');
  expect(done()).toEqual({ calls: ['read', 'read'], verified: 2, asked: [undefined, undefined] });
  for (let n = 0; n < 2; n += 1) await store.page();
  expect(done()).toMatchObject({
    calls: ['list', 'read', 'read', 'read', 'list', 'read', 'read', 'read'],
    verified: 6,
  });
  expect(ends.map(({ cacheHits }) => cacheHits)).toEqual([0, 0, 0, 0]);
});

test('what had to make room while the storage was asked is read again', async () => {
  const meanwhile: (() => Promise<unknown>)[] = [];
  const { store, done } = await looking({ cachedRecords: 1 }, (backend) =>
    wrapBackend(backend, {
      read: async (key, options) => {
        const result = await backend.read(key, options);
        if (result.status === 'unchanged') await meanwhile.pop()?.();
        return result;
      },
    }),
  );
  const first = await store.getMetadata('a');
  done();

  meanwhile.push(() => store.getMetadata('b'));

  expect(await store.getMetadata('a')).toEqual(first);
  expect(done()).toMatchObject({ calls: ['read', 'read', 'read'], verified: 2 });
  expect(await store.getMetadata('a')).toEqual(first);
  expect(done()).toMatchObject({ calls: ['read'], verified: 0 });
});

test('I-3 namespaces share no entries, even where every version is the same', async () => {
  const same = (inner: ArtifactBackend): ArtifactBackend =>
    wrapBackend(inner, {
      read: async (key, options) => {
        const result = await inner.read(key, options);
        if (result.status === 'absent') return result;
        if (options?.ifChanged === 'same') return { status: 'unchanged', info: { ...result.info, version: 'same' } };
        return { ...result, info: { ...result.info, version: 'same' } };
      },
      async *list(options) {
        for await (const info of inner.list(options)) yield { ...info, version: 'same' };
      },
    });
  const { store, writer } = await looking({}, same);
  for (const name of ['n', 'o']) await writer.namespace(name).upload('a', 'a', { metadata: { id: name } });

  for (let n = 0; n < 2; n += 1) {
    for (const at of [store, store.namespace('n'), store.namespace('o')]) {
      const { artifacts } = await at.page({ prefix: 'a' });
      expect(artifacts).toEqual([await at.getMetadata('a')]);
    }
  }
  expect((await store.getMetadata('a'))?.metadata).toEqual({ id: 'a' });
  expect((await store.namespace('n').getMetadata('a'))?.metadata).toEqual({ id: 'n' });
  expect((await store.namespace('o').getMetadata('a'))?.metadata).toEqual({ id: 'o' });
});

test('I-2 a listing that names an older version again does not bring that version back', async () => {
  const listed: string[] = [];
  const { store, writer, inner } = await looking({}, (backend) =>
    wrapBackend(backend, {
      async *list(options) {
        for await (const info of backend.list(options)) yield { ...info, version: listed[0] ?? info.version };
      },
    }),
  );
  await store.page();
  const [old] = await collect(inner.list({ prefix: 'records/a' }));
  if (old === undefined) throw new Error('nothing is listed');
  const replaced = await writer.upload('a', 'other');
  expect(await store.getMetadata('a')).toEqual(replaced);

  listed.push(old.version);

  expect((await store.page()).artifacts[0]).toEqual(replaced);
  expect((await collect(store.list()))[0]).toEqual(replaced);
});

test('I-21 a remembered record expires to the millisecond', async () => {
  const { store, writer, clock } = await looking();
  await writer.upload('a', 'x', { ttlMs: 1000 });
  await store.page();

  clock.advance(999);
  expect((await store.page()).artifacts.map(({ id }) => id)).toEqual(ids);
  clock.advance(1);
  expect((await store.page()).artifacts.map(({ id }) => id)).toEqual(['b', 'c']);
  expect((await store.page({ includeExpired: true })).artifacts.map(({ id }) => id)).toEqual(ids);
});

test('I-5 what a caller expects is judged of a remembered record, too', async () => {
  const { store } = await looking();
  await store.getMetadata('a');

  expect(await refusal(store.getMetadata('a', { minGeneration: 2 }))).toMatchObject({ code: 'ROLLBACK_DETECTED' });
  expect(await refusal(store.getMetadata('a', { ifGeneration: 2 }))).toMatchObject({ code: 'PRECONDITION_FAILED' });
  expect(await refusal(store.getMetadata('a', { expectedSha256: '0'.repeat(64) }))).toMatchObject({
    code: 'INTEGRITY',
  });
});

test('a long record is remembered like a short one', async () => {
  const { store, writer, done } = await looking();
  const stored = await writer.upload('long', 'x', { metadata: { text: 'x'.repeat(8000) } });
  expect(await store.getMetadata('long')).toEqual(stored);
  expect(done()).toMatchObject({ calls: ['read', 'read'], verified: 1 });

  expect(await store.getMetadata('long')).toEqual(stored);

  expect(done()).toMatchObject({ calls: ['read'], verified: 0 });
});

test('the content that stands behind a record is not read to look at it', async () => {
  const { store, writer, done } = await looking();
  const stored = await writer.upload('inline', content(20_000));

  expect(await store.getMetadata('inline')).toEqual(stored);

  expect(done()).toMatchObject({ calls: ['read'], verified: 1 });
});

test('I-2 of an object without a line no more is read than a line may have', async () => {
  const { store, inner, done } = await looking();
  for (const [size, calls] of [
    [8 * 1024, ['read']],
    [8 * 1024 + 1, ['read', 'read']],
  ] as const) {
    await inner.write('records/a', Buffer.alloc(size, 'x'));

    expect((await refusal(store.getMetadata('a'))).message).toBe(
      'artifact "a" fails its integrity check: its record has no end of line',
    );
    expect(done()).toMatchObject({ calls, verified: 0 });
  }
});

test('a record whose line has the full 32 KiB is read like any other', async () => {
  const opened = (idLength: number, bytes: number): Opened =>
    open({
      signing: {
        active: () => ({ keyid: 'k'.repeat(idLength), sign: () => new Uint8Array(bytes) }),
        find: (keyid) => ({ keyid, revoked: false, verify: () => true }),
      },
    });
  const lengthOf = async ({ store, backend }: Opened): Promise<number> => {
    await store.upload('a', 'x');
    return (await objectAt(backend, 'records/a')).indexOf(0x0a);
  };
  // Three bytes of a signature are four of the line, so the rest goes into the id.
  const left = 32 * 1024 - (await lengthOf(opened(1, 3)));
  const longest = opened(1 + (left % 4), 3 + 3 * Math.floor(left / 4));

  expect(await lengthOf(longest)).toBe(32 * 1024);
  expect(await longest.store.getMetadata('a')).toMatchObject({ id: 'a', sizeBytes: 1 });
  expect(await (await longest.store.download('a')).text()).toBe('x');
});

test('some failures say something of a record, the others of the storage or the keys', () => {
  for (const code of ['SIGNATURE_INVALID', 'UNKNOWN_KEY', 'KEY_REVOKED', 'INTEGRITY', 'UNSUPPORTED'] as const)
    expect(isUnverifiable(new ArtifactError(code, 'x'))).toBe(true);
  for (const code of ['CONFIGURATION', 'UNAVAILABLE', 'TIMEOUT', 'ACCESS_DENIED', 'NOT_FOUND'] as const)
    expect(isUnverifiable(new ArtifactError(code, 'x'))).toBe(false);
  expect(isUnverifiable(new TypeError('a defect'))).toBe(false);
});

test('events count the records that were remembered', async () => {
  const { store, ends, writer } = await looking();

  await store.getMetadata('a');
  await store.getMetadata('a');
  await store.page();
  await store.page();
  await writer.upload('b', 'other');
  await collect(store.list());
  await (await store.download('a')).bytes();

  expect(ends.map(({ operation, requests, cacheHits }) => [operation, requests, cacheHits])).toEqual([
    ['getMetadata', 1, 0],
    ['getMetadata', 1, 1],
    ['page', 3, 1],
    ['page', 1, 3],
    ['list', 2, 2],
    ['download', 1, 0],
  ]);
});

test('I-28 remembering writes nothing', async () => {
  const { store, inner } = await looking();
  const before = await dump(inner);

  for (let n = 0; n < 3; n += 1) {
    await store.getMetadata('a');
    await store.page();
  }

  expect(await dump(inner)).toEqual(before);
});
