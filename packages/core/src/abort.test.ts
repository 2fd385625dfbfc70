import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';

import { expect, test } from 'vitest';

import { bounded, Lifetime, sleep } from './abort.ts';
import { watched } from './faults.test-helper.ts';
import { artifactKeys, collect, content, state, mebibyte, open, refusal, stalled } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const reason = new Error('the caller went home');

async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'it did not reject',
    (error: unknown) => error,
  );
}

/** Aborts in the next turn of the event loop, and tells how long settling took from then on. */
async function aborting(
  work: (signal: AbortSignal) => Promise<unknown>,
  when?: Promise<unknown>,
): Promise<[unknown, number]> {
  const controller = new AbortController();
  const settled = rejection(work(controller.signal));
  await (when ?? new Promise(setImmediate));
  const startedAt = performance.now();
  controller.abort(reason);
  return [await settled, performance.now() - startedAt];
}

test("I-25 an abort while the source stalls settles within a second with the caller's reason and leaves nothing", async () => {
  for (const size of [10, 200_000]) {
    const { store, backend } = open();
    await store.upload('a', 'before');
    const before = await state(backend);
    const readable = new Readable({ read: () => undefined });
    readable.push(content(size));

    const [error, ms] = await aborting((signal) => store.upload('a', readable, { signal }));

    expect(error).toBe(reason);
    expect(ms).toBeLessThan(1000);
    expect(readable.destroyed).toBe(true);
    expect(await state(backend)).toEqual(before);
  }
});

test('I-25 an abort cancels a stalled web stream', async () => {
  let cancelled = 0;
  const stream = new ReadableStream({ pull: () => stalled(), cancel: () => void (cancelled += 1) });

  const [error] = await aborting((signal) => open().store.upload('a', stream, { signal }));

  expect([error, cancelled]).toEqual([reason, 1]);
});

test('an abort before the operation begins touches nothing and rejects with the reason, whatever it is', async () => {
  const { store, backend } = open();
  for (const why of [reason, 'a text', 7, null]) {
    const signal = AbortSignal.abort(why);
    const calls = [
      store.upload('a', 'x', { signal }),
      store.download('a', { signal }),
      store.getMetadata('a', { signal }),
      store.update('a', { hold: true }, { signal }),
      store.delete('a', { signal }),
      store.page({ signal }),
      collect(store.list({ signal })),
      store.ready({ signal }),
      store.healthCheck({ signal }),
    ];
    for (const call of calls) expect(await rejection(call)).toBe(why);
  }
  expect(await state(backend)).toEqual(new Map());
});

test.each(['capabilities', 'write', 'read', 'delete', 'list', 'check'] as const)(
  'I-25 a backend whose %s hangs and ignores its signal cannot hold an aborted operation for a second',
  async (method) => {
    const { store, backend: inner } = open();
    await store.upload('a', content(100_000));
    const hanging = wrapBackend(inner, {
      [method]:
        method === 'list' ? () => ({ [Symbol.asyncIterator]: () => ({ next: () => stalled() }) }) : () => stalled(),
    });
    const opened = open({ backend: hanging }).store;
    const calls: readonly ((signal: AbortSignal) => Promise<unknown>)[] = [
      (signal) => opened.upload('b', content(100_000), { signal }),
      (signal) => opened.upload('a', 'x', { signal }),
      async (signal) => collect(await opened.download('a', { signal })),
      (signal) => opened.getMetadata('a', { signal }),
      (signal) => opened.update('a', { metadata: { n: 1 } }, { signal }),
      (signal) => opened.delete('a', { signal }),
      (signal) => opened.page({ signal }),
      (signal) => collect(opened.list({ signal })),
      (signal) => opened.ready({ signal }),
      (signal) => opened.healthCheck({ signal }),
    ];
    await Promise.all(
      calls.map(async (call) => {
        const [error, ms] = await aborting(call);
        expect([reason, 'it did not reject']).toContain(error);
        expect(ms).toBeLessThan(1000);
      }),
    );
  },
);

test('I-25 a backend that hangs from any call on cannot hold an aborted upload for a second', async () => {
  const clock = open();
  const expiresAt = clock.clock.wall + 1000;
  const slow: string[] = [];
  const attempts = Array.from({ length: 16 }, async (_, n) => {
    const { store, backend: inner } = open();
    await store.upload('a', content(100_000), { expiresAt });
    const hung = new Promise<void>((resolve) => {
      setTimeout(resolve, 50);
    });
    const { backend } = watched(inner, (call) => (call > n ? stalled() : undefined));
    const [error, ms] = await aborting(
      (signal) => open({ backend }).store.upload('a', content(100_000, 2), { signal, expiresAt }),
      hung,
    );
    if (error === 'it did not reject') return;
    if (error !== reason || ms >= 1000) slow.push(`from call ${n}: ${String(error)} after ${ms} ms`);
  });
  await Promise.all(attempts);

  expect(slow).toEqual([]);
});

test('I-25 an abort reaches the backend: its call, its body and its listing see the signal', async () => {
  const { store, backend: inner } = open();
  await store.upload('a', content(3 * mebibyte));
  const seen: (AbortSignal | undefined)[] = [];
  const note = (signal: AbortSignal | undefined): Promise<never> => {
    seen.push(signal);
    return stalled();
  };
  const hanging = wrapBackend(inner, {
    read: (key, options) => (key.startsWith('content/') ? note(options?.signal) : inner.read(key, options)),
    list: ({ signal }) => ({ [Symbol.asyncIterator]: () => ({ next: () => note(signal) }) }),
    check: (options) => note(options?.signal),
  });
  const opened = open({ backend: hanging }).store;

  await aborting(
    async (signal) => collect(await opened.download('a', { signal })),
    new Promise((resolve) => {
      setTimeout(resolve, 20);
    }),
  );
  await aborting((signal) => collect(opened.list({ signal })));
  await aborting((signal) => opened.healthCheck({ signal }));

  expect(seen.map((signal) => signal?.aborted)).toEqual([true, true, true]);
});

test('I-25 an operation that outlives its own timeout ends with TIMEOUT', async () => {
  const { backend } = open();
  const { store } = open({ backend: wrapBackend(backend, { read: () => stalled() }) });

  const error = await refusal(store.getMetadata('a', { timeoutMs: 20 }));

  expect(error).toMatchObject({ code: 'TIMEOUT', retryable: true, artifactId: 'a' });
  expect(error.message).toBe('getMetadata of artifact "a" did not end within 20 ms');
});

test('I-25 a storage call that makes no progress ends with TIMEOUT at the idle timeout, and is told so', async () => {
  const { backend } = open();
  let signal: AbortSignal | undefined;
  const hanging = wrapBackend(backend, {
    read: (_key, options) => {
      signal = options?.signal;
      return stalled();
    },
  });

  const error = await refusal(open({ backend: hanging, idleTimeoutMs: 20 }).store.getMetadata('a'));

  expect(error.message).toBe('memory read made no progress for 20 ms');
  expect(signal?.aborted).toBe(true);
});

test('I-25 bounded work that throws at once leaves neither listener nor timer', async () => {
  const { signal } = new AbortController();
  const lifetime = new Lifetime(signal, 60_000, 'it');
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

  const error = await rejection(
    bounded(lifetime, 60_000, 'it', () => {
      throw reason;
    }),
  );

  expect(error).toBe(reason);
  expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length).toBe(timers);
  lifetime.end();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});

test('bounded work that makes progress, or waits for something with a limit of its own, is not idle', async () => {
  const lifetime = new Lifetime(undefined, 60_000, 'it');
  const wait = (ms: number): Promise<void> => sleep(ms, lifetime.signal);

  const moving = bounded(lifetime, 60, 'it', async ({ progress }) => {
    for (let n = 0; n < 6; n += 1) {
      await wait(20);
      progress();
    }
    return 'done';
  });
  const waiting = bounded(lifetime, 30, 'it', async ({ suspended }) => suspended(wait(120)).then(() => 'done'));

  expect(await Promise.all([moving, waiting])).toEqual(['done', 'done']);
});

test('a lifetime that was ended stays silent, and one that ran out says what took so long', async () => {
  const ended = new Lifetime(undefined, 5, 'it');
  ended.end();
  const late = new Lifetime(undefined, 5, 'it');
  await new Promise((resolve) => late.signal.addEventListener('abort', resolve));

  expect(ended.signal.aborted).toBe(false);
  expect(late.signal.reason).toMatchObject({ code: 'TIMEOUT', message: 'it did not end within 5 ms' });
});

test('sleeping ends at once when its signal aborts', async () => {
  const [error, ms] = await aborting((signal) => sleep(60_000, signal));

  expect(error).toBe(reason);
  expect(ms).toBeLessThan(1000);
  expect(await rejection(sleep(1, AbortSignal.abort(reason)))).toBe(reason);
});

test('I-7 after an abort during the record write nothing that the record may name is removed', async () => {
  const { store: _, backend: inner } = open();
  const controller = new AbortController();
  const applied = wrapBackend(inner, {
    async write(key, body, options) {
      const written = await inner.write(key, body, options);
      if (!key.startsWith('records/')) return written;
      controller.abort(reason);
      return stalled();
    },
  });

  const error = await rejection(
    open({ backend: applied }).store.upload('a', content(100_000), { signal: controller.signal }),
  );

  expect(error).toBe(reason);
  expect((await artifactKeys(inner)).map((key) => key.split('/')[0])).toEqual(['content', 'pending', 'records']);
  expect((await (await open({ backend: inner }).store.download('a')).bytes()).length).toBe(100_000);
});
