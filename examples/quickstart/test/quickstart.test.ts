import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

import { s3Backend } from '@artifacts/backend-s3';
import { describeS3 } from '@artifacts/testkit/vitest';
import { expect, onTestFinished, test } from 'vitest';

import { connectionTo, ensureBucket } from '../../../packages/backend-s3/test/support/bucket.ts';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** A folder with two files, in which the program is run. */
async function folderOfFiles(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'artifacts-quickstart-test-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'large.bin'), new Uint8Array(3_000_000).fill(7));
  await writeFile(join(folder, 'small.txt'), 'small');
  return folder;
}

async function run(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [program, ...args], { cwd, env: { ...process.env, ...env } });
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [code] = await ended;
  return { code: code as number | null, stdout, stderr };
}

/** What every run has to report, wherever its store is. */
const refusal = 'refused with INTEGRITY: artifact "large.bin" fails its integrity check: chunk 1 of its content';
function expectReport(stdout: string): void {
  expect(stdout).toContain('stored 2 files, 3.0 MB\n');
  expect(stdout).toContain('read back 2 artifacts, of which 2 equal the files on disk\n');
  expect(stdout).toContain(refusal);
  expect(stdout).toContain('  1 other artifact read as before\n');
}

test('in a directory the same files become the next versions, and the copy with a forged bit does not stay', async () => {
  const folder = await folderOfFiles();
  for (const version of [1, 2]) {
    const { code, stdout, stderr } = await run(folder, ['.']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectReport(stdout);
    expect(stdout).toContain(`version ${version}`);
  }
  expect((await readdir(join(folder, '.artifacts-quickstart'))).toSorted()).toEqual([
    '.gitignore',
    'signing-key',
    'store',
  ]);
});

describeS3('in a bucket', (server) => {
  test('the report is the same, and the bucket is left as it was found', async () => {
    await ensureBucket(server);
    const { endpoint, accessKeyId, secretAccessKey, region, bucket } = server;
    const folder = await folderOfFiles();
    const { code, stdout, stderr } = await run(folder, ['--s3', '.'], {
      ARTIFACTS_TEST_S3_ENDPOINT: endpoint,
      ARTIFACTS_TEST_S3_ACCESS_KEY_ID: accessKeyId,
      ARTIFACTS_TEST_S3_SECRET_ACCESS_KEY: secretAccessKey,
      ARTIFACTS_TEST_S3_REGION: region,
      ARTIFACTS_TEST_S3_BUCKET: bucket,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expectReport(stdout);

    const [prefix = ''] = /quickstart-[0-9a-f]{8}\//.exec(stdout) ?? [];
    const rest = s3Backend({ ...connectionTo(server), prefix });
    onTestFinished(() => rest.close());
    for await (const { key } of rest.list({ prefix: '' })) throw new Error(`"${prefix}${key}" was left`);
    expect((await readdir(folder)).toSorted()).toEqual(['large.bin', 'small.txt']);
  });
});

test('in a bucket of no server it says what is missing', async () => {
  const env = { ARTIFACTS_TEST_S3_ENDPOINT: undefined, ARTIFACTS_TEST_S3_SERVERS: undefined };
  const { code, stderr } = await run(await folderOfFiles(), ['--s3', '.'], env);
  expect([code, stderr]).toEqual([
    1,
    'quickstart: CONFIGURATION: ARTIFACTS_TEST_S3_ENDPOINT is missing: npm run quickstart -- --s3 sets it\n',
  ]);
});
