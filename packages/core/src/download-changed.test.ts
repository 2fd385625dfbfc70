import { expect, test } from 'vitest';

import type { ArtifactBackend, ReadResult } from './backend.ts';
import { ArtifactError } from './errors.ts';
import { collect, content, mebibyte, onlyKey, open, refusal, sha256 } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const large = content(4 * mebibyte + 5);

async function stored() {
  const opened = open();
  await opened.store.upload('a', large);
  return opened;
}

/** `inner` with what it reads of content changed, for the n-th read. */
function reading(
  inner: ArtifactBackend,
  change: (n: number, found: Extract<ReadResult, { status: 'found' }>) => AsyncIterable<Uint8Array>,
): ArtifactBackend {
  let n = 0;
  return wrapBackend(inner, {
    async read(key, options) {
      const result = await inner.read(key, options);
      if (result.status !== 'found' || !key.startsWith('content/')) return result;
      n += 1;
      return { ...result, body: change(n, result) };
    },
  });
}

async function taken(
  backend: ArtifactBackend,
): Promise<{ readonly bytes: number; readonly right: boolean; readonly error: ArtifactError }> {
  const chunks: Uint8Array[] = [];
  const error = await refusal(
    (async () => {
      for await (const chunk of await open({ backend }).store.download('a')) chunks.push(Uint8Array.from(chunk));
    })(),
  );
  const bytes = Buffer.concat(chunks);
  return { bytes: bytes.length, right: sha256(bytes) === sha256(large.subarray(0, bytes.length)), error };
}

test('I-6 content deleted meanwhile is NOT_FOUND', async () => {
  const { store } = await stored();
  const download = await store.download('a');

  await store.delete('a');

  expect(await refusal(download.bytes())).toMatchObject({ code: 'NOT_FOUND', artifactId: 'a' });
});

test.each([
  ['small', 'new'],
  ['large', large.toReversed()],
])(
  'I-6 content replaced by %s content and swept meanwhile is SUPERSEDED, and a retry may succeed',
  async (_size, next) => {
    const { store, backend } = await stored();
    const download = await store.download('a');
    const old = await onlyKey(backend, 'content/');

    await store.upload('a', next);
    await backend.delete(old);

    expect(await refusal(download.bytes())).toMatchObject({ code: 'SUPERSEDED', retryable: true, artifactId: 'a' });
    expect(sha256(await (await store.download('a')).bytes())).toBe(sha256(next));
  },
);

test('I-6 a replaced version stays readable through its handle as long as its content is there', async () => {
  const { store } = await stored();
  const download = await store.download('a');

  await store.upload('a', 'new');

  expect(sha256(await download.bytes())).toBe(sha256(large));
});

test('I-6 an update meanwhile does not disturb a reader', async () => {
  const { store } = await stored();
  const download = await store.download('a');

  await store.update('a', { metadata: { n: 1 } });

  expect(sha256(await download.bytes())).toBe(sha256(large));
});

test('I-1 content that is missing though its record is not is INTEGRITY', async () => {
  const { store, backend } = await stored();
  await backend.delete(await onlyKey(backend, 'content/'));

  const error = await refusal((await store.download('a')).bytes());

  expect(error).toMatchObject({ code: 'INTEGRITY', artifactId: 'a' });
  expect(error.message).toContain('its content is missing');
});

test('I-1 a body of another version than its head is SUPERSEDED or INTEGRITY, never data', async () => {
  const { backend } = await stored();
  const torn = reading(backend, async function* (_n, found) {
    for await (const bytes of found.body) {
      yield bytes.subarray(0, mebibyte);
      throw new ArtifactError('SUPERSEDED', 'the object was replaced');
    }
  });

  expect(await taken(torn)).toMatchObject({ bytes: mebibyte, right: true, error: { code: 'INTEGRITY' } });
});

test('a connection that breaks is taken up again at the chunk that was in flight', async () => {
  const { backend } = await stored();
  const starts: number[] = [];
  const breaking = wrapBackend(backend, {
    async read(key, options) {
      const result = await backend.read(key, options);
      if (result.status !== 'found' || !key.startsWith('content/')) return result;
      starts.push(options?.range?.start ?? 0);
      const body = async function* () {
        let given = 0;
        for await (const bytes of result.body) {
          for (let at = 0; at < bytes.length; at += 300_000) {
            yield bytes.subarray(at, at + 300_000);
            given += 1;
            if (starts.length <= 2 && given === 5) throw new ArtifactError('UNAVAILABLE', 'connection reset');
          }
        }
      };
      return { ...result, body: body() };
    },
  });

  const bytes = await (await open({ backend: breaking }).store.download('a')).bytes();

  expect(sha256(bytes)).toBe(sha256(large));
  expect(starts).toEqual([0, mebibyte, 2 * mebibyte]);
});

test('a connection that always breaks at the same chunk is given up after four attempts', async () => {
  const { backend } = await stored();
  let reads = 0;
  const breaking = reading(backend, async function* (n, found) {
    reads = n;
    for await (const bytes of found.body) {
      yield bytes.subarray(0, mebibyte - 1);
      throw new ArtifactError('UNAVAILABLE', 'connection reset');
    }
  });

  expect(await taken(breaking)).toMatchObject({ bytes: 0, error: { code: 'UNAVAILABLE', retryable: true } });
  expect(reads).toBe(4);
});

const lies: readonly (readonly [what: string, body: (bytes: Uint8Array) => readonly Uint8Array[], released: number])[] =
  [
    ['a wrong last byte of the first chunk', (bytes) => [flip(bytes, mebibyte - 1)], 0],
    ['a wrong first byte', (bytes) => [flip(bytes, 0)], 0],
    ['a wrong byte of the last chunk', (bytes) => [flip(bytes, bytes.length - 1)], 4 * mebibyte],
    ['a body that ends early', (bytes) => [bytes.subarray(0, mebibyte + 1)], mebibyte],
    ['no body', () => [], 0],
    ['a body of another place', (bytes) => [bytes.subarray(1)], 0],
    ['chunks in another order', (bytes) => [bytes.subarray(mebibyte, 2 * mebibyte), bytes.subarray(0, mebibyte)], 0],
  ];

function flip(bytes: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

test.each(lies)('I-1 with %s no byte of the chunk is released', async (_what, body, released) => {
  const { backend } = await stored();
  for (const pieceSize of [100_000_000, 99_999]) {
    const lying = reading(backend, async function* (_n, found) {
      for (const bytes of body(Buffer.concat(await collect(found.body))))
        for (let at = 0; at < bytes.length; at += pieceSize) yield bytes.subarray(at, at + pieceSize);
    });

    expect(await taken(lying)).toMatchObject({ bytes: released, right: true, error: { code: 'INTEGRITY' } });
  }
});

test('I-1 bytes behind the end are never released', async () => {
  const { backend } = await stored();
  const longer = reading(backend, async function* (_n, found) {
    yield* found.body;
    yield new Uint8Array(10);
  });

  expect(sha256(await (await open({ backend: longer }).store.download('a')).bytes())).toBe(sha256(large));
});

test('I-25 a body that stalls ends with TIMEOUT at the idle timeout', async () => {
  const { backend } = await stored();
  const stalling = reading(backend, async function* (_n, found) {
    for await (const bytes of found.body) {
      yield bytes.subarray(0, mebibyte);
      await new Promise(() => undefined);
    }
  });
  const { store } = open({ backend: stalling, idleTimeoutMs: 20 });

  const error = await refusal((await store.download('a')).bytes());

  expect(error).toMatchObject({ code: 'TIMEOUT', artifactId: 'a' });
});

test('I-25 a reader that takes its time is not idle', async () => {
  const { backend } = await stored();
  const { store } = open({ backend, idleTimeoutMs: 20 });
  let bytes = 0;

  for await (const chunk of await store.download('a')) {
    bytes += chunk.length;
    await new Promise((resolve) => {
      setTimeout(resolve, 30);
    });
  }

  expect(bytes).toBe(large.length);
});
