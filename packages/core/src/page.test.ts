import { expect, test } from 'vitest';

import { watched } from './faults.test-helper.ts';
import { open, refusal } from './store.test-helper.ts';

const names = Array.from({ length: 250 }, (_, n) => `a/${String(n).padStart(3, '0')}`);

async function filled() {
  const opened = open();
  await Promise.all(names.map((id) => opened.store.upload(id, 'x')));
  return opened;
}

test('a page has 100 artifacts unless asked otherwise, and reads exactly their records', async () => {
  const { backend: inner } = await filled();
  const { backend, calls } = watched(inner);

  const page = await open({ backend }).store.page();

  expect(page.artifacts.map(({ id }) => id)).toEqual(names.slice(0, 100));
  expect(calls.filter(({ call }) => call === 'read').length).toBe(100);
  expect(calls.filter(({ call }) => call === 'list').length).toBe(1);
});

test.each([1, 2, 99, 100, 249, 250, 251, 1000])('pages of %i give everything once, in order', async (limit) => {
  const { store } = await filled();
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.page({ limit, cursor, prefix: 'a/' });
    seen.push(...page.artifacts.map(({ id }) => id));
    cursor = page.cursor;
  } while (cursor !== undefined);

  expect(seen).toEqual(names);
});

test('a page that ends with the last record has no cursor', async () => {
  const { store } = await filled();

  expect('cursor' in (await store.page({ limit: 250 }))).toBe(false);
  expect('cursor' in (await store.page({ limit: 249 }))).toBe(true);
  expect(await open().store.page()).toEqual({ artifacts: [], invalid: [] });
});

test('what is written or deleted between pages shifts nothing', async () => {
  const { store } = await filled();
  const first = await store.page({ limit: 100 });

  await store.delete('a/050');
  await store.delete('a/099');
  await store.upload('a/050x', 'x');
  const second = await store.page({ limit: 3, cursor: first.cursor });

  expect(second.artifacts.map(({ id }) => id)).toEqual(['a/100', 'a/101', 'a/102']);
});

test.each([0, -1, 1001, 1.5, Number.NaN, '10', null])('limit %j is refused', async (limit) => {
  expect(await refusal(open().store.page({ limit: limit as number }))).toMatchObject({
    code: 'INVALID_ARGUMENT',
    field: 'limit',
  });
});

const encoded = (text: string | Uint8Array): string => Buffer.from(text).toString('base64url');

test.each([
  '',
  'x',
  '%%%',
  encoded('b/1'),
  encoded('../../etc/passwd'),
  encoded('a/\0'),
  encoded('a//b'),
  encoded('A/1'),
  encoded(Uint8Array.of(0x61, 0x2f, 0xff)),
  encoded(`a/${'x'.repeat(5000)}`),
  `${encoded('a/000')}=`,
  `${encoded('a/000')}\n`,
  ` ${encoded('a/000')}`,
  7,
  null,
  ['YS8wMDA'],
  { toString: () => 'YS8wMDA' },
])('cursor %j is refused', async (cursor) => {
  const { store } = await filled();

  expect(await refusal(store.page({ prefix: 'a/', cursor: cursor as string }))).toMatchObject({
    code: 'INVALID_ARGUMENT',
    field: 'cursor',
  });
});

test('a cursor that was made up can do no more than name where to go on', async () => {
  const { store } = await filled();

  const page = await store.page({ prefix: 'a/', cursor: encoded('a/248'), limit: 5 });

  expect(page.artifacts.map(({ id }) => id)).toEqual(['a/249']);
});
