import { ArtifactStore, generateKey, hmacKeyring } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';
import { describe, expect, test } from 'vitest';

import { content } from '../support/content.ts';
import { rejection } from '../support/expect.ts';
import { snapshotOf, tamper, type Tampering } from './tamper.ts';

const signing = hmacKeyring({ active: 'k1', keys: { k1: generateKey() } });
const bodies = { inline: content(100), large: content(100_000) };

function newStore() {
  const backend = memoryBackend();
  return { backend, store: new ArtifactStore({ backend, signing, audience: 'tampering' }) };
}

describe.each(Object.entries(bodies))('an artifact whose content is %s', (_kind, body) => {
  test.each<[string, Tampering | undefined]>([
    ['INTEGRITY', undefined],
    ['INTEGRITY', { how: 'flipContent', atByte: 99 }],
    ['INTEGRITY', { how: 'dropContent' }],
    ['SIGNATURE_INVALID', { how: 'flipRecord', atByte: 100 }],
    ['INTEGRITY', { how: 'swap', with: 'other' }],
  ])('I-1, I-3 is refused with %s after %j', async (code, how) => {
    const { backend, store } = newStore();
    for (const id of ['doc', 'other']) await store.upload(id, body);

    await tamper(backend, 'doc', how);

    expect(await rejection(async () => (await store.download('doc')).bytes())).toMatchObject({ code });
  });

  test('I-5 that is rolled back is noticed by who remembers, and by nobody else', async () => {
    const { backend, store } = newStore();
    await store.upload('doc', body);
    const old = await snapshotOf(backend, 'doc');
    const { generation } = await store.upload('doc', 'newer');

    await tamper(backend, 'doc', { how: 'rollBack', to: old });

    expect(await (await store.download('doc')).bytes()).toEqual(body);
    const error = await rejection(() => store.download('doc', { minGeneration: generation }));
    expect(error).toMatchObject({ code: 'ROLLBACK_DETECTED' });
  });

  test('in a namespace is found there, and the one of that id outside stays as it is', async () => {
    const { backend, store } = newStore();
    const tenant = store.namespace('Tenant A');
    for (const where of [store, tenant]) await where.upload('doc', body);

    await tamper(backend, 'doc', { how: 'flipContent', namespace: 'Tenant A' });

    expect(await rejection(async () => (await tenant.download('doc')).bytes())).toMatchObject({ code: 'INTEGRITY' });
    expect(await (await store.download('doc')).bytes()).toEqual(body);
  });
});

test('what is not there is a typed refusal', async () => {
  const { backend, store } = newStore();
  await store.upload('doc', content(10));
  await store.upload('empty', '');
  const how = 'flip' as 'flipRecord';

  expect(await rejection(() => tamper(backend, 'absent'))).toMatchObject({ code: 'NOT_FOUND', artifactId: 'absent' });
  expect(await rejection(() => tamper(backend, 'empty'))).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'atByte' });
  for (const [tampering, field] of [
    [{ how: 'flipContent', atByte: 10 }, 'atByte'],
    [{ how: 'flipRecord', atByte: -1 }, 'atByte'],
    [{ how }, 'how'],
  ] as const) {
    expect(await rejection(() => tamper(backend, 'doc', tampering))).toMatchObject({ code: 'INVALID_ARGUMENT', field });
  }
  expect(await (await store.download('doc')).bytes()).toEqual(content(10));
});

test('I-23 a record that is none any more is refused without a word of what is there', async () => {
  const { backend, store } = newStore();
  await store.upload('doc', 'content');
  await backend.write('records/doc', Buffer.from('{"payload":"correct-horse"}\n'));

  const error = await rejection(() => tamper(backend, 'doc'));

  expect(error).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'id' });
  expect(Object(error)).not.toHaveProperty('cause');
});
