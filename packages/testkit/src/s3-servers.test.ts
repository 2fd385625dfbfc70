import { expect, test } from 'vitest';

import { s3TestServers } from './s3-servers.ts';

const keys = { ARTIFACTS_TEST_S3_ACCESS_KEY_ID: 'an id', ARTIFACTS_TEST_S3_SECRET_ACCESS_KEY: 'a secret' };
const started = [
  { name: 'ceph 1', endpoint: 'http://127.0.0.1:1', accessKeyId: 'k', secretAccessKey: 's', region: 'r', bucket: 'b' },
];

test('without a server there is none', () => {
  expect(s3TestServers({})).toEqual([]);
});

test('the servers that the test run has started are found', () => {
  expect(s3TestServers({ ARTIFACTS_TEST_S3_SERVERS: JSON.stringify(started) })).toEqual(started);
});

test('an endpoint takes the place of what was started', () => {
  const env = {
    ...keys,
    ARTIFACTS_TEST_S3_SERVERS: JSON.stringify(started),
    ARTIFACTS_TEST_S3_ENDPOINT: 'https://s3.test',
  };
  expect(s3TestServers(env)).toEqual([
    {
      name: 'ARTIFACTS_TEST_S3_ENDPOINT',
      endpoint: 'https://s3.test',
      accessKeyId: 'an id',
      secretAccessKey: 'a secret',
      region: 'us-east-1',
      bucket: 'artifacts-test',
    },
  ]);
});

test('region and bucket may be chosen', () => {
  const chosen = { ARTIFACTS_TEST_S3_REGION: 'eu-west-1', ARTIFACTS_TEST_S3_BUCKET: 'mine' };
  const [server] = s3TestServers({ ...keys, ...chosen, ARTIFACTS_TEST_S3_ENDPOINT: 'http://127.0.0.1:9' });
  expect([server?.region, server?.bucket]).toEqual(['eu-west-1', 'mine']);
});

test('an endpoint that is no URL, or has no keys beside it, is refused by the name of the variable', () => {
  const refusals = [
    [{ ...keys, ARTIFACTS_TEST_S3_ENDPOINT: '127.0.0.1:9000' }, 'ARTIFACTS_TEST_S3_ENDPOINT'],
    [{ ...keys, ARTIFACTS_TEST_S3_ENDPOINT: 'ftp://127.0.0.1' }, 'ARTIFACTS_TEST_S3_ENDPOINT'],
    [{ ARTIFACTS_TEST_S3_ENDPOINT: 'http://127.0.0.1:9' }, 'ARTIFACTS_TEST_S3_ACCESS_KEY_ID'],
    [
      { ...keys, ARTIFACTS_TEST_S3_ENDPOINT: 'http://127.0.0.1:9', ARTIFACTS_TEST_S3_SECRET_ACCESS_KEY: '' },
      'ARTIFACTS_TEST_S3_SECRET_ACCESS_KEY',
    ],
  ] as const;
  for (const [env, field] of refusals) {
    expect(() => s3TestServers(env)).toThrow(expect.objectContaining({ code: 'CONFIGURATION', field }));
  }
});
