import { runInNewContext } from 'node:vm';

import { expect, test } from 'vitest';

import { Lifetime } from './abort.ts';
import { boundedKeys } from './bounded-keys.ts';
import type { OperationOptions } from './operation.ts';
import { signersOf, type KeyProvider, type Signer } from './signing.ts';
import { artifactKeys, collect, content, keyringOf, open, refusal, stalled, state } from './store.test-helper.ts';
import type { ArtifactStore } from './store.ts';

const down = new Error('KMS is away');
const steps = ['active', 'sign', 'find', 'verify'] as const;
type Step = (typeof steps)[number];

/** The one key that signs. */
async function signerOf(keys: KeyProvider): Promise<Signer> {
  return signersOf(await keys.active())[0];
}

/** The keys of a store whose provider does something else at one step. */
function keysThat(step: Step, instead: () => never | Promise<never>): KeyProvider {
  const keys = keyringOf('k1');
  return {
    active: async () => {
      if (step === 'active') return instead();
      const signer = await signerOf(keys);
      return step === 'sign' ? { ...signer, sign: instead } : signer;
    },
    find: async (keyid) => {
      if (step === 'find') return instead();
      const key = await keys.find(keyid);
      return step === 'verify' && key !== undefined ? { ...key, verify: instead } : key;
    },
  };
}

/** The keys of a store whose provider gives `found` for every key. */
function keysWith(found: Promise<never>): KeyProvider {
  const keys = keyringOf('k1');
  return { active: () => keys.active(), find: () => found };
}

/** The operations that take `step`. */
function operationsWith(
  step: Step,
  store: ArtifactStore,
): readonly ((options: OperationOptions) => Promise<unknown>)[] {
  const changing = [
    (options: OperationOptions) => store.update('a', { metadata: { n: 1 } }, options),
    (options: OperationOptions) => store.delete('a', options),
    (options: OperationOptions) => store.upload('a', content(100_000, 2), options),
  ];
  if (step === 'active' || step === 'sign') {
    return [...changing, (options) => store.upload('b', content(100_000), { ...options, ttlMs: 1000 })];
  }
  return [
    ...changing,
    (options) => store.getMetadata('a', options),
    (options) => store.download('a', options),
    (options) => store.page(options),
    (options) => collect(store.list(options)),
  ];
}

/** A store with one large artifact, and the same one with other keys. */
async function reopened(signing: KeyProvider) {
  const { store, backend } = open();
  await store.upload('a', content(100_000));
  return { backend, store: open({ backend, signing }).store };
}

test.each(steps)(
  'I-25 a key provider whose %s never answers cannot hold an operation past its timeout',
  async (step) => {
    const { store, backend } = await reopened(keysThat(step, () => stalled()));
    const before = await state(backend);

    for (const operation of operationsWith(step, store)) {
      const startedAt = performance.now();
      expect(await refusal(operation({ timeoutMs: 20 }))).toMatchObject({ code: 'TIMEOUT', retryable: true });
      expect(performance.now() - startedAt).toBeLessThan(1000);
    }

    expect(await state(backend)).toEqual(before);
  },
);

test.each(steps)('I-25 a key provider whose %s never answers cannot hold an aborted operation', async (step) => {
  const { store, backend } = await reopened(keysThat(step, () => stalled()));
  const before = await state(backend);
  const reason = new Error('the caller went home');

  for (const operation of operationsWith(step, store)) {
    const controller = new AbortController();
    const settled = operation({ signal: controller.signal }).catch((error: unknown) => error);
    await new Promise(setImmediate);
    const startedAt = performance.now();
    controller.abort(reason);
    expect(await settled).toBe(reason);
    expect(performance.now() - startedAt).toBeLessThan(1000);
  }

  expect(await state(backend)).toEqual(before);
});

test('I-25 of several keys that sign one is enough to end an operation at its timeout, or with UNAVAILABLE', async () => {
  const good = await signerOf(keyringOf('k1'));
  for (const [sign, refused] of [
    [() => stalled(), { code: 'TIMEOUT' }],
    [() => Promise.reject(down), { code: 'UNAVAILABLE', field: 'signing', cause: down }],
  ] as const) {
    const signing = { ...keysWith(stalled()), active: () => [good, { keyid: 'k2', sign }] };
    const { store, backend } = open({ signing });

    expect(await refusal(store.upload('a', 'x', { timeoutMs: 20 }))).toMatchObject(refused);
    expect(await artifactKeys(backend)).toEqual([]);
  }
});

test('I-25 a key provider that makes no progress ends at the idle timeout, also with a promise of another realm', async () => {
  const foreign = runInNewContext('new Promise(() => undefined)') as Promise<never>;
  for (const answer of [stalled(), foreign]) {
    const { backend } = await reopened(keyringOf('k1'));
    const { store } = open({ backend, signing: keysWith(answer), idleTimeoutMs: 20 });

    const error = await refusal(store.getMetadata('a'));

    expect(error).toMatchObject({ code: 'TIMEOUT', message: 'the signing keys made no progress for 20 ms' });
  }
});

const failures: readonly (readonly [what: string, fail: () => never | Promise<never>])[] = [
  [
    'throws',
    () => {
      throw down;
    },
  ],
  ['rejects', () => Promise.reject(down)],
];

test.each(failures.flatMap(([what, fail]) => steps.map((step) => [step, what, fail] as const)))(
  'I-25 a key provider whose %s %s is UNAVAILABLE, with what it failed with as the cause',
  async (step, _what, fail) => {
    const { store, backend } = await reopened(keysThat(step, fail));
    const before = await state(backend);

    for (const operation of operationsWith(step, store)) {
      const error = await refusal(operation({}));
      expect(error).toMatchObject({ code: 'UNAVAILABLE', field: 'signing', retryable: true });
      expect(error.message).toContain('the signing keys could not be used');
      expect(error.cause).toBe(down);
    }

    expect(await state(backend)).toEqual(before);
  },
);

const anySigner = { keyid: 'k1', sign: () => Buffer.of(1) };
const anyVerifier = { keyid: 'k1', revoked: false, verify: () => true };

const odd: readonly (readonly [step: Step, what: string, answer: unknown])[] = [
  ['active', 'nothing', undefined],
  ['active', 'null', null],
  ['active', 'a text', 'k1'],
  ['active', 'an empty list', []],
  ['active', 'a list with a hole', [anySigner, undefined]],
  ['active', 'five signers', ['a', 'b', 'c', 'd', 'e'].map((keyid) => ({ ...anySigner, keyid }))],
  ['active', 'a signer without sign', { keyid: 'k1' }],
  ['active', 'a signer without a key id', { sign: anySigner.sign }],
  ['active', 'a key id that is a number', { ...anySigner, keyid: 7 }],
  ['active', 'an empty key id', { ...anySigner, keyid: '' }],
  ['active', 'a key id of 129 bytes', { ...anySigner, keyid: 'k'.repeat(129) }],
  ['sign', 'nothing', undefined],
  ['sign', 'null', null],
  ['sign', 'a text', 'AAEC'],
  ['sign', 'a list of numbers', [1, 2]],
  ['sign', 'no bytes', new Uint8Array(0)],
  ['find', 'a text', 'k1'],
  ['find', 'true', true],
  ['find', 'a key without verify', { keyid: 'k1', revoked: false }],
  ['find', 'a revoked key without verify', { keyid: 'k1', revoked: true }],
  ['find', 'a key that does not say whether it is revoked', { keyid: 'k1', verify: anyVerifier.verify }],
  ['verify', 'nothing', undefined],
  ['verify', 'an object that has the answer', { valid: false }],
  ['verify', 'a number', 1],
];

const told: Readonly<Record<Step, string>> = {
  active: 'the active keys cannot sign records: ',
  sign: 'the active keys cannot sign records: a signature is not a Uint8Array of 1 byte or more',
  find: 'the keys cannot verify records: find gave something without revoked, true or false, and a method verify',
  verify: 'the keys cannot verify records: verify gave neither true nor false',
};

test.each(odd)(
  'I-4 a key provider whose %s gives %s is CONFIGURATION, and nothing changes',
  async (step, _, answer) => {
    for (const given of [answer, Promise.resolve(answer)]) {
      const { store, backend } = await reopened(keysThat(step, () => given as never));
      const before = await state(backend);

      for (const operation of operationsWith(step, store)) {
        const error = await refusal(operation({}));
        expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'signing', retryable: false });
        expect(error.message).toContain(told[step]);
      }

      expect(await state(backend)).toEqual(before);
    }
  },
);

test('I-4 a key provider that finds null does not know the key', async () => {
  for (const none of [undefined, null]) {
    const { store } = await reopened(keysThat('find', () => none as never));

    expect(await refusal(store.download('a'))).toMatchObject({ code: 'UNKNOWN_KEY', artifactId: 'a' });
    expect(await refusal(store.delete('a'))).toMatchObject({ code: 'UNKNOWN_KEY', artifactId: 'a' });
  }
});

test('keys that answer at once are not waited for, even when the operation is over', async () => {
  const over = new Lifetime(undefined, 1000, 'upload');
  over.abort(new Error('the caller went home'));
  const keys = boundedKeys({ active: () => anySigner, find: () => anyVerifier }, over, 1000);

  const [signer] = signersOf(await keys.active());
  const verifier = await keys.find('k1');

  expect(await signer.sign(Buffer.of())).toEqual(Buffer.of(1));
  expect(await verifier?.verify(Buffer.of(), Buffer.of(1))).toBe(true);
});

test('what a key provider fails with once its operation is over is UNAVAILABLE, unless it is the reason itself', async () => {
  const reason = new Error('the caller went home');
  const failing = async (lifetime: Lifetime, cause: unknown) =>
    boundedKeys(
      {
        active: () => [],
        find: () => {
          lifetime.abort(reason);
          throw cause;
        },
      },
      lifetime,
      1000,
    ).find('k1');

  expect(await refusal(failing(new Lifetime(undefined, 1000, 'download'), down))).toMatchObject({
    code: 'UNAVAILABLE',
    field: 'signing',
    cause: down,
  });
  await expect(failing(new Lifetime(undefined, 1000, 'download'), reason)).rejects.toBe(reason);
});

test('a signature may be bytes of another realm', async () => {
  const foreign = runInNewContext('new Uint8Array(32)') as Uint8Array;
  const { store, backend } = open({
    signing: { active: () => ({ ...anySigner, sign: () => foreign }), find: () => anyVerifier },
  });

  await store.upload('a', 'x');

  expect(foreign instanceof Uint8Array).toBe(false);
  expect(await artifactKeys(backend)).toEqual(['records/a']);
});

test('I-25 a key provider that fails after everybody has left ends no process', async () => {
  const unhandled: unknown[] = [];
  const listener = (error: unknown): void => void unhandled.push(error);
  process.on('unhandledRejection', listener);
  const controller = new AbortController();
  const reason = new Error('the caller went home');
  const { store } = open({
    signing: keysThat('sign', () => {
      controller.abort(reason);
      return Promise.reject(down);
    }),
  });

  await expect(store.upload('a', 'x', { signal: controller.signal })).rejects.toBe(reason);
  await new Promise(setImmediate);
  process.off('unhandledRejection', listener);

  expect(unhandled).toEqual([]);
});

test('I-10 a timeout before the record was ever sent is TIMEOUT, and content and markers are gone', async () => {
  const keys = keyringOf('k1');
  const signer = await signerOf(keys);
  const slow: KeyProvider = {
    active: () => ({
      keyid: 'k1',
      sign: async (message) => {
        await new Promise((resolve) => {
          setTimeout(resolve, 200);
        });
        return signer.sign(message);
      },
    }),
    find: (keyid) => keys.find(keyid),
  };
  for (const [size, ttlMs] of [
    [10, undefined],
    [100_000, undefined],
    [100_000, 1000],
  ] as const) {
    const { store, backend } = open({ signing: slow });

    const error = await refusal(store.upload('a', content(size), { ttlMs, timeoutMs: 50 }));

    expect(error).toMatchObject({ code: 'TIMEOUT', artifactId: 'a' });
    expect(await artifactKeys(backend)).toEqual([]);
  }
});

test("I-10 an abort before the record was ever sent is the caller's reason, and content and markers are gone", async () => {
  const keys = keyringOf('k1');
  const signer = await signerOf(keys);
  const reason = new Error('the caller went home');
  for (const size of [10, 100_000]) {
    const controller = new AbortController();
    const aborting: KeyProvider = {
      active: () => ({
        keyid: 'k1',
        sign: (message) => {
          controller.abort(reason);
          return signer.sign(message);
        },
      }),
      find: (keyid) => keys.find(keyid),
    };
    const { store, backend } = open({ signing: aborting });

    await expect(store.upload('a', content(size), { signal: controller.signal })).rejects.toBe(reason);

    expect(await artifactKeys(backend)).toEqual([]);
  }
});
