import { expect, test } from 'vitest';

import type { ServiceOperation } from '../src/authorize.ts';
import { Users } from '../src/users.ts';
import { digestOf, serve } from './service.test-helper.ts';

const put = { method: 'PUT', body: 'x' };

test('without a token that is known nothing is done, and nothing is told', async () => {
  const { ask, store } = await serve();
  await store.upload('there', 'x');

  for (const token of [undefined, '', 'wrong', 'read-toke', 'x'.repeat(7000)])
    for (const how of [{}, put, { method: 'DELETE' }, { method: 'HEAD' }])
      for (const path of ['/artifacts/there', '/artifacts/missing']) {
        const { status, headers } = await ask(path, { ...how, token });
        expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
      }
  expect((await ask('/artifacts', { token: undefined })).status).toBe(401);
  for (const authorization of ['Basic cmVhZC10b2tlbg==', 'Bearer', 'Bearer read-token x', 'read-token'])
    expect((await ask('/artifacts/there', { token: undefined, headers: { authorization } })).status).toBe(401);
  expect((await store.getMetadata('there'))?.generation).toBe(1);
  expect(await store.getMetadata('missing')).toBeUndefined();
});

test('who may read may not write, and who has a prefix stays below it', async () => {
  const { ask, store } = await serve();
  for (const id of ['team/a', 'other/a', 'team']) await store.upload(id, 'x');
  const statuses = async (token: string, path: string) => {
    const all = [];
    for (const how of [{}, { method: 'HEAD' }, put, { method: 'DELETE' }])
      all.push((await ask(path, { ...how, token })).status);
    return all;
  };

  expect(await statuses('read-token', '/artifacts/team/a')).toEqual([200, 200, 403, 403]);
  expect(await statuses('team-token', '/artifacts/other/a')).toEqual([403, 403, 403, 403]);
  expect(await statuses('team-token', '/artifacts/team')).toEqual([403, 403, 403, 403]);
  expect(await statuses('team-token', '/artifacts/team/../other/a')).toEqual([400, 400, 400, 400]);
  expect(await statuses('team-token', '/artifacts/team/a')).toEqual([200, 200, 200, 204]);
  for (const [prefix, status] of [
    ['team/', 200],
    ['team/x', 200],
    ['', 403],
    ['te', 403],
    ['other/', 403],
  ] as const)
    expect((await ask(`/artifacts?prefix=${prefix}`, { token: 'team-token' })).status).toBe(status);
});

test('the hook is asked with who, what and which before anything is done, and the store is told who', async () => {
  const asked: unknown[] = [];
  const contexts: unknown[] = [];
  const { ask } = await serve(
    {
      authorize: async ({ user, address }, operation: ServiceOperation, id) => {
        asked.push([user?.name, address, operation, id]);
        return id !== 'closed';
      },
    },
    { observers: [{ start: ({ operation, context }) => void contexts.push([operation, context]) }] },
  );

  await ask('/artifacts/a%2Fb', put);
  await ask('/artifacts/a/b', { token: 'read-token' });
  await ask('/artifacts/a/b', { method: 'DELETE', token: undefined });
  await ask('/artifacts?prefix=x');
  expect((await ask('/artifacts/closed', put)).status).toBe(403);

  expect(asked).toEqual([
    ['writer', '127.0.0.1', 'upload', 'a/b'],
    ['reader', '127.0.0.1', 'download', 'a/b'],
    [undefined, '127.0.0.1', 'delete', 'a/b'],
    ['writer', '127.0.0.1', 'list', 'x'],
    ['writer', '127.0.0.1', 'upload', 'closed'],
  ]);
  const [, ...operations] = contexts;
  expect(contexts[0]).toEqual([
    'upload',
    { user: { name: 'writer', rights: 'write', prefix: '' }, address: '127.0.0.1' },
  ]);
  expect(operations).toHaveLength(3);
});

test('a hook that fails is no permission, and is told of', async () => {
  const failure = new Error('the directory of users is away: ldap://secret');
  const { ask, errors, store } = await serve({ authorize: () => Promise.reject(failure) });

  const { status, body } = await ask('/artifacts/a', put);

  expect([status, body]).toEqual([500, '{"code":"INTERNAL"}\n']);
  expect(errors).toEqual([failure]);
  expect(await store.getMetadata('a')).toBeUndefined();
});

test('I-23 users are kept by the digest of their token, and a line that is wrong is named without it', () => {
  const users = new Users(`# c\n\nci write ${digestOf('one')} builds/\n  web\tread  ${digestOf('two')}\n`);

  expect(users.find('one')).toEqual({ name: 'ci', rights: 'write', prefix: 'builds/' });
  expect(users.find('two')).toEqual({ name: 'web', rights: 'read', prefix: '' });
  expect(users.find(digestOf('one'))).toBeUndefined();
  expect(users.find('')).toBeUndefined();
  for (const line of [
    'ci write my-secret-token',
    `ci admin ${digestOf('x')}`,
    `ci write ${digestOf('x').toUpperCase()}`,
  ])
    expect(() => new Users(`${line}\n`)).toThrow(/^line 1 of the users is not "<name> <read\|write> <SHA-256/);
  for (const empty of ['', '\n# only a comment\n']) expect(() => new Users(empty)).toThrow('no user is named');
});
