import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import { isRunning } from './s3/daemons.mjs';
import { whatIsMissing } from './s3/requirements.mjs';

/** A program that starts a server in the folder it is given, and waits. */
const startMortal = `
  import { startServer } from '${new URL('s3/server.mjs', import.meta.url)}';
  const { endpoint } = await startServer({ suite: 'host', folder: process.argv[1], mortal: true });
  process.stdout.write(endpoint);
  setInterval(() => {}, 1000);
`;

const program = fileURLToPath(new URL('s3-server.mjs', import.meta.url));

function s3Server(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

function notOurs(folder) {
  return `${folder} is not the folder of a server that this program started\n`;
}

/** A folder that goes with the test. */
function temporaryFolder() {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'artifacts-s3-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('a started server answers where its variables say, and stopping it ends its processes and removes its folder', async ({
  skip,
}) => {
  const missing = whatIsMissing();
  skip(missing !== undefined, `no S3 server: ${missing}`);
  const folder = join(temporaryFolder(), 'server');
  onTestFinished(() => existsSync(folder) && s3Server('stop', folder));

  const started = s3Server('start', '--dir', folder);
  expect(started).toMatchObject({ status: 0 });
  const variables = new Map(
    started.stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('=', 2)),
  );
  expect([...variables.keys()]).toEqual(
    ['ENDPOINT', 'ACCESS_KEY_ID', 'SECRET_ACCESS_KEY', 'REGION', 'BUCKET'].map((name) => `ARTIFACTS_TEST_S3_${name}`),
  );
  const bucket = new URL(variables.get('ARTIFACTS_TEST_S3_BUCKET'), variables.get('ARTIFACTS_TEST_S3_ENDPOINT'));
  // The bucket is there, and not for everybody.
  expect((await fetch(bucket)).status).toBe(403);

  const again = s3Server('start', '--dir', folder);
  expect([again.status, again.stderr]).toEqual([1, `a server runs in ${folder}: stop it first\n`]);
  const onItsPort = s3Server('start', '--port', bucket.port);
  expect([onItsPort.status, onItsPort.stderr]).toEqual([1, `port ${bucket.port} is taken\n`]);

  const { daemons } = JSON.parse(readFileSync(join(folder, 's3-server.json'), 'utf8'));
  expect(daemons.map(isRunning)).toEqual([true, true, true]);
  expect(s3Server('stop', folder)).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(daemons.map(isRunning)).toEqual([false, false, false]);
  expect(existsSync(folder)).toBe(false);
});

test('a server that is to end with its starter does so when that is killed', async ({ skip }) => {
  const missing = whatIsMissing();
  skip(missing !== undefined, `no S3 server: ${missing}`);
  const folder = join(temporaryFolder(), 'server');
  const starter = spawn(process.execPath, ['--input-type=module', '--eval', startMortal, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [endpoint] = await once(starter.stdout.setEncoding('utf8'), 'data');
  expect((await fetch(endpoint)).status).toBe(200);
  const { daemons } = JSON.parse(readFileSync(join(folder, 's3-server.json'), 'utf8'));

  starter.kill('SIGKILL');
  await once(starter, 'close');
  await vi.waitUntil(() => !daemons.some(isRunning), { timeout: 30_000 });
  await expect(fetch(endpoint)).rejects.toThrow('fetch failed');
});

test('a folder that it did not make is not removed', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'mine'), '');
  expect(s3Server('stop', folder)).toEqual({ status: 1, stdout: '', stderr: notOurs(folder) });
  expect(readdirSync(folder)).toEqual(['mine']);
});

test('a folder that it did not make is not emptied', ({ skip }) => {
  const missing = whatIsMissing();
  skip(missing !== undefined, `no S3 server: ${missing}`);
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'mine'), '');
  expect(s3Server('start', '--dir', folder)).toEqual({ status: 1, stdout: '', stderr: notOurs(folder) });
  expect(readdirSync(folder)).toEqual(['mine']);
});

test('a process that has the number of one which ended is left alone', () => {
  const folder = join(temporaryFolder(), 'server');
  mkdirSync(folder);
  writeFileSync(join(folder, 's3-server.json'), JSON.stringify({ daemons: [{ pid: process.pid, startedAt: '1' }] }));
  expect(s3Server('stop', folder)).toEqual({ status: 0, stdout: '', stderr: '' });
  expect(existsSync(folder)).toBe(false);
});

test('what makes no sense is refused', () => {
  const refused = [
    { args: ['start', '--suite', 'x'], message: 'there is no suite "x"' },
    { args: ['start', '--port', '65536'], message: '"65536" is no port: give a number from 1 to 65535' },
    { args: ['start', '--port', '7.5'], message: '"7.5" is no port: give a number from 1 to 65535' },
    { args: ['start', '--host', 'x'], message: "Unknown option '--host'." },
    { args: ['stop'], message: 'usage: s3-server start' },
    { args: [], message: 'usage: s3-server start' },
  ];
  for (const { args, message } of refused) {
    const { status, stderr } = s3Server(...args);
    expect([status, stderr.slice(0, message.length)]).toEqual([1, message]);
  }
});
