import { S3Client } from '@aws-sdk/client-s3';
import { isArtifactError } from '@artifacts/core';
import { describe, expect, test } from 'vitest';

import type { S3BackendOptions, S3ConnectionOptions } from './options.ts';
import type { S3PresetName } from './presets.ts';
import { settingsOf } from './settings.ts';

const bucket = 'bucket';

describe('which service it is', () => {
  test.each<[endpoint: string | undefined, forcePathStyle: boolean, checksums: string, region: string | undefined]>([
    [undefined, false, 'always', undefined],
    ['https://s3.eu-west-1.amazonaws.com', false, 'always', 'eu-west-1'],
    ['https://0123abcd.r2.cloudflarestorage.com', true, 'required', 'auto'],
    ['https://s3.eu-central-003.backblazeb2.com', true, 'required', 'eu-central-003'],
    ['https://s3.example.org', true, 'required', 'us-east-1'],
    ['https://amazonaws.com.example.org', true, 'required', 'us-east-1'],
  ])('is known by the endpoint %s', (endpoint, forcePathStyle, checksums, region) => {
    const settings = settingsOf({ bucket, endpoint }, {});
    expect(settings.behaviour).toMatchObject({ forcePathStyle, checksums });
    expect(settings.region).toBe(region);
  });

  test.each<[S3PresetName, string | undefined, boolean]>([
    ['ceph', 'us-east-1', false],
    ['seaweedfs', 'us-east-1', false],
    ['garage', 'garage', false],
    ['swift', 'us-east-1', true],
  ])('may be said: %s', (preset, region, contentMd5) => {
    const settings = settingsOf({ bucket, preset, endpoint: 'https://s3.example.org' }, {});
    expect([settings.region, settings.behaviour.contentMd5]).toEqual([region, contentMd5]);
  });

  test.each(['https://s3.example.org', 'https://s3.eu-west-1.amazonaws.com', undefined])(
    'is not known of a given client, whose endpoint is %s: it is generic unless something else is said',
    (endpoint) => {
      const client = new S3Client({ region: 'eu-west-1', ...(endpoint !== undefined && { endpoint }) });
      const env = { AWS_REGION: 'env-1', AWS_ENDPOINT_URL: 'https://s3.eu-west-1.amazonaws.com' };
      const settings = settingsOf({ bucket, client }, env);
      expect(settings.behaviour).toMatchObject({ checksums: 'required', conditionalDelete: false });
      // Those of the client are its own.
      expect([settings.endpoint, settings.region]).toEqual([undefined, undefined]);
      expect(settingsOf({ bucket, client, preset: 'aws' }, env).behaviour.conditionalDelete).toBe(true);
      expect(settingsOf({ bucket, client, conditionalDelete: true }, env).behaviour.conditionalDelete).toBe(true);
    },
  );

  test('every member of a preset may be replaced', () => {
    const replaced = {
      forcePathStyle: true,
      checksums: 'required',
      contentMd5: true,
      conditionalDelete: false,
    } as const;
    expect(settingsOf({ bucket, preset: 'aws', ...replaced, region: 'x' }, {})).toMatchObject({
      behaviour: replaced,
      region: 'x',
    });
  });

  test('an option comes before the environment, and that before the preset', () => {
    const env = {
      AWS_REGION: 'env-1',
      AWS_DEFAULT_REGION: 'env-2',
      AWS_ENDPOINT_URL_S3: 'https://s3.env.example',
      AWS_ENDPOINT_URL: 'https://all.env.example',
    };
    const ofEnv = settingsOf({ bucket }, env);
    expect([ofEnv.region, ofEnv.endpoint?.host]).toEqual(['env-1', 's3.env.example']);
    const own = settingsOf({ bucket, region: 'own-1', endpoint: 'https://own.example' }, env);
    expect([own.region, own.endpoint?.host]).toEqual(['own-1', 'own.example']);
    const withoutFirst = settingsOf({ bucket }, { ...env, AWS_ENDPOINT_URL_S3: '' });
    expect(withoutFirst.endpoint?.host).toBe('all.env.example');
    expect(settingsOf({ bucket, preset: 'r2' }, { AWS_DEFAULT_REGION: 'env-2' }).region).toBe('env-2');
  });
});

describe('an endpoint without encryption', () => {
  test.each([
    'http://127.0.0.1:7480',
    'http://127.1.2.3',
    'http://localhost:1',
    'http://s3.localhost',
    'http://[::1]:1',
  ])('is accepted on this machine: %s', (endpoint) => {
    expect(settingsOf({ bucket, endpoint }, {}).endpoint?.protocol).toBe('http:');
  });

  test('is accepted elsewhere only by name', () => {
    for (const endpoint of ['http://s3.example.org', 'http://127.0.0.1.example.org', 'http://localhost.example.org']) {
      expect(refusalOf({ bucket, endpoint })).toMatchObject({ code: 'CONFIGURATION', field: 'endpoint' });
      expect(settingsOf({ bucket, endpoint, allowInsecureEndpoint: true }, {}).endpoint?.protocol).toBe('http:');
    }
  });
});

describe('a wrong option', () => {
  test.each<[field: string, options: object]>([
    ['bucket', {}],
    ['bucket', { bucket: '' }],
    ['bucket', { bucket: 'a/b' }],
    ['bucket', { bucket: 7 }],
    ['prefix', { bucket, prefix: 'a' }],
    ['prefix', { bucket, prefix: '/' }],
    ['prefix', { bucket, prefix: '../a/' }],
    ['prefix', { bucket, prefix: 'A/' }],
    ['prefix', { bucket, prefix: `${'x'.repeat(96)}/` }],
    ['endpoint', { bucket, endpoint: 's3.example.org' }],
    ['endpoint', { bucket, endpoint: 'ftp://s3.example.org' }],
    ['endpoint', { bucket, endpoint: 'https://key:secret@s3.example.org' }],
    ['endpoint', { bucket, endpoint: 'https://s3.example.org?a=b' }],
    ['endpoint', { bucket, endpoint: 7 }],
    ['preset', { bucket, preset: 'azure' }],
    ['preset', { bucket, preset: 'constructor' }],
    ['checksums', { bucket, checksums: 'never' }],
    ['forcePathStyle', { bucket, forcePathStyle: 'yes' }],
    ['contentMd5', { bucket, contentMd5: 1 }],
    ['conditionalDelete', { bucket, conditionalDelete: 'no' }],
    ['capabilities', { bucket, capabilities: { createIfAbsent: true } }],
    ['concurrency', { bucket, concurrency: 0 }],
    ['concurrency', { bucket, concurrency: 33 }],
    ['idleTimeoutMs', { bucket, idleTimeoutMs: 1.5 }],
    ['connectTimeoutMs', { bucket, connectTimeoutMs: '5' }],
  ])('%s is refused by name: %j', (field, options) => {
    expect(refusalOf(options)).toMatchObject({ code: 'CONFIGURATION', field });
  });

  test('I-23 no refusal shows a credential of the endpoint', () => {
    const shown = refusalOf({ bucket, endpoint: 'https://key:secret@s3.example.org' });
    expect(shown.message).not.toMatch(/secret|key:/);
  });
});

function refusalOf(options: object): { code: string; field: string | undefined; message: string } {
  try {
    settingsOf(options as S3BackendOptions & S3ConnectionOptions, {});
  } catch (error) {
    if (!isArtifactError(error)) throw error;
    return { code: error.code, field: error.field, message: error.message };
  }
  throw new Error('it was not refused');
}
