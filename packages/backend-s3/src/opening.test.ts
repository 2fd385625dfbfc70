import { isArtifactError } from '@artifacts/core';
import { describe, expect, test } from 'vitest';

import { backendFromConfig, backendFromUrl } from './opening.ts';

const env = { AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'us-east-1' };

describe('a bucket opened by URL', () => {
  test.each([
    's3://bucket',
    's3://bucket/',
    'S3://bucket/team-a',
    's3://bucket/team-a/builds/?region=eu-west-1',
    's3://bucket/p?endpoint=https://s3.example.org&preset=ceph&forcePathStyle=false&contentMd5=true&checksums=always',
    's3://bucket/p?endpoint=http%3A%2F%2Fs3.example.org&allowInsecureEndpoint=true&concurrency=8&idleTimeoutMs=1000',
  ])('%s', async (url) => {
    const backend = backendFromUrl(url, { env });
    expect(backend.name).toBe('s3');
    await backend.close();
  });

  test.each([
    ['s3://', 'target', 'names no bucket'],
    ['s3:bucket', 'target', 'names no bucket'],
    ['s3:///prefix', 'target', 'names no bucket'],
    ['s3://bucket#x', 'target', 'has a fragment'],
    ['s3://key:hidden@bucket/p', 'target', 'must hold no credentials'],
    ['s3://key@bucket/p', 'target', 'must hold no credentials'],
    ['s3://bucket:9000/p', 'target', 'no port'],
    ['s3://bucket/p?secretAccessKey=hidden', 'target', 'has an unknown option'],
    ['s3://bucket/p?hidden', 'target', 'has an unknown option'],
    ['s3://bucket/p?credentials=hidden', 'target', 'has an unknown option'],
    ['s3://bucket/p?region=a&region=b', 'target', 'has a parameter twice'],
    ['s3://bucket/p?endpoint=https://key:hidden@s3.example.org', 'endpoint', 'must hold no credentials'],
    ['s3://bucket/p?endpoint=http://s3.example.org', 'endpoint', 'is not encrypted'],
    ['s3://bucket/p?forcePathStyle=yes', 'forcePathStyle', 'must be true or false'],
    ['s3://bucket/p?concurrency=many', 'concurrency', 'must be a whole number'],
    ['s3://bucket/Team', 'prefix', 'must be 1 to 96 characters'],
    ['s3://bucket/a//b', 'prefix', 'must be 1 to 96 characters'],
  ])('I-23 %s is refused, and nothing of it is shown', (url, field, problem) => {
    const refusal = refusalOf(() => backendFromUrl(url, { env }));
    expect(refusal).toMatchObject({ code: 'CONFIGURATION', field });
    expect(refusal.message).toContain(problem);
    expect(refusal.message).not.toMatch(/hidden|Team/);
  });
});

describe('a bucket opened by its members', () => {
  test('they are the options of s3Backend', async () => {
    const backend = backendFromConfig({ backend: 's3', bucket: 'bucket', prefix: 'p/', region: 'eu-west-1' }, { env });
    expect(backend.name).toBe('s3');
    await backend.close();
  });

  test.each([
    [{ backend: 's3' }, 'bucket'],
    [{ backend: 's3', bucket: 'bucket', root: '/etc' }, 'target'],
    [{ backend: 's3', bucket: 'bucket', client: {} }, 'client'],
  ])('%j is refused, and the error names the field %s', (config, field) => {
    expect(refusalOf(() => backendFromConfig(config, { env }))).toMatchObject({ code: 'CONFIGURATION', field });
  });

  test('half of the credentials is refused before any request', () => {
    const refusal = refusalOf(() => backendFromUrl('s3://bucket', { env: { AWS_ACCESS_KEY_ID: 'key' } }));
    expect(refusal).toMatchObject({ code: 'CONFIGURATION', field: 'credentials' });
  });
});

function refusalOf(call: () => unknown): { code: string; field: string | undefined; message: string } {
  try {
    call();
  } catch (error) {
    if (!isArtifactError(error)) throw error;
    return { code: error.code, field: error.field, message: error.message };
  }
  throw new Error('it was not refused');
}
