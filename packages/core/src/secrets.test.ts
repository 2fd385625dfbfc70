import { inspect } from 'node:util';

import { expect, test } from 'vitest';

import { ArtifactError } from './errors.ts';
import { hmacKeyring } from './keyring.ts';
import { provocations } from './provocations.test-helper.ts';
import { spellingIn, spellings } from './secrets.test-helper.ts';
import { Clock, collect, content, flipped, objectAt, open, secretOf, startTime } from './store.test-helper.ts';
import { wrapBackend } from './wrap-backend.ts';

const secret = secretOf('k1');
const marker = 'CONFIDENTIALVALUE';
const body = `${marker} `.repeat(6000);

const forbidden = [...spellings(secret), ...spellings(Buffer.from(marker))];

function expectNoSecret(value: unknown, what: string): void {
  expect(spellingIn(value, forbidden), `what ${what} shows`).toBeUndefined();
}

test('what is searched for would be found', () => {
  expect(() =>
    expectNoSecret(new Error('x', { cause: new Error(`key ${Buffer.from(secret).toString('base64')}`) }), 'it'),
  ).toThrow('what it shows');
  expect(() => expectNoSecret(Object.assign(new Error('x'), { body: Buffer.from(body) }), 'it')).toThrow(
    'what it shows',
  );
});

test.each(provocations)('I-23 $code shows neither key nor content nor metadata', async ({ code, provoke }) => {
  const error = await provoke({ content: body, metadata: { [`name`]: marker, list: [{ deep: marker }] } });

  expect(error.code).toBe(code);
  expectNoSecret(error, code);
});

test('I-23 whatever bit of a record is flipped, whatever of it is cut, its error shows nothing of it', async () => {
  const { store, backend } = open();
  await store.upload('a', body.slice(0, 300), { metadata: { value: marker } });
  const good = await objectAt(backend, 'records/a');
  const forged = [
    ...Array.from({ length: 400 }, (_, n) => flipped(good, n * 31)),
    ...Array.from({ length: 300 }, (_, n) => good.subarray(n * 3)),
    Buffer.from(body),
    Buffer.from(`{"payloadType":"${marker}"}\n`),
    Buffer.from(`${JSON.stringify({ a: marker })}\n`),
  ];
  for (const bytes of forged) {
    await backend.write('records/a', bytes);
    for (const call of [
      () => store.getMetadata('a'),
      async () => (await store.download('a')).bytes(),
      () => store.upload('a', 'x'),
      () => collect(store.list()),
    ]) {
      const error: unknown = await call().catch((reason: unknown) => reason);
      if (error instanceof Error) expectNoSecret(error, 'the refusal of a forged record');
    }
    const { invalid } = await store.page();
    for (const entry of invalid) expectNoSecret(entry.error, 'an invalid entry');
    await backend.delete('records/a');
  }
}, 60_000);

test('I-23 store, download and keyring show no key when they are printed', async () => {
  const signing = hmacKeyring({ active: 'k1', keys: { k1: secret } });
  const { store } = open({ signing });
  await store.upload('a', 'x');
  const values = [store, await store.download('a'), signing, await signing.active(), await signing.find('k1')];

  const text = values
    .map((value) => inspect(value, { depth: null, showHidden: true }) + JSON.stringify(value))
    .join('\n');

  for (const spelling of spellings(secret)) expect(text.includes(spelling)).toBe(false);
});

test('I-23 a handle shows no content when it is printed', async () => {
  const { store } = open();
  await store.upload('a', marker);

  const text = inspect(await store.download('a'), { depth: null, showHidden: true });

  for (const spelling of spellings(Buffer.from(marker))) expect(text.includes(spelling)).toBe(false);
});

test('I-23 events tell digests and sizes, never content or metadata', async () => {
  const events: unknown[] = [];
  const note = (event: unknown): void => void events.push(event);
  const { store } = open({ observers: [{ start: note, end: note }] });

  await store.upload('a', body, { metadata: { value: marker } });
  await (await store.download('a')).bytes();
  await store.update('a', { metadata: { other: marker } });
  await collect(store.list());

  const text = inspect(events, { depth: null });
  for (const spelling of forbidden) expect(text.includes(spelling)).toBe(false);
});

test('I-23 what a backend says is passed on as the cause, and nothing is added to it', async () => {
  const { backend } = open();
  const failing = wrapBackend(backend, {
    write: () => Promise.reject(new ArtifactError('BACKEND', 'disk full')),
    now: undefined,
  } as never);

  const error: unknown = await open({ backend: failing, clock: new Clock() })
    .store.upload('a', content(10), { metadata: { value: marker }, expiresAt: startTime + 1000 })
    .catch((reason: unknown) => reason);

  expectNoSecret(error, 'the failure of a backend');
});
