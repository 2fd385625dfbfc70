import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, test, vi } from 'vitest';

import { mediumOf } from './medium.ts';
import { routeTo } from './route.ts';

const options = { bucket: 'bucket', credentials: { accessKeyId: 'key', secretAccessKey: 'secret' } };

describe('the endpoint of the own client', () => {
  afterEach(() => vi.unstubAllEnvs());

  test('is the one that is told, and not one that only the SDK finds', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'artifacts-'));
    const config = join(directory, 'config');
    await writeFile(config, '[default]\nendpoint_url = http://s3.example.org\n');
    vi.stubEnv('AWS_CONFIG_FILE', config);
    vi.stubEnv('AWS_ENDPOINT_URL', '');
    const { client, release, settings } = mediumOf(options, { AWS_REGION: 'eu-west-1' });
    const route = await routeTo(client, settings.bucket);
    // As its conditional delete is believed to be atomic, it has to be AWS.
    expect(route?.origin).toBe('https://bucket.s3.eu-west-1.amazonaws.com');
    release();
    await rm(directory, { recursive: true });
  });

  test('is that of the environment which was given', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_S3', 'https://process.example.org');
    const { client, release, settings } = mediumOf(options, { AWS_REGION: 'eu-west-1' });
    expect((await routeTo(client, settings.bucket))?.origin).toBe('https://bucket.s3.eu-west-1.amazonaws.com');
    release();
  });
});
