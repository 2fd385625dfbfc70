import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { s3Backend } from '@artifacts/backend-s3';
import { verifyAuditLog } from '@artifacts/audit';
import { generateKey, keyringFromText } from '@artifacts/core';
import { describeS3 } from '@artifacts/testkit/vitest';
import { expect, onTestFinished, test, vi } from 'vitest';

import { connectionTo, ensureBucket, freshPrefix } from '../../../packages/backend-s3/test/support/bucket.ts';
import { digestOf, scratch } from './service.test-helper.ts';

const folder = fileURLToPath(new URL('..', import.meta.url));
const dockerfile = await readFile(join(folder, 'Dockerfile'), 'utf8');

/** The arguments of an instruction of the last stage, with the lines that it goes on for. */
function instruction(name: string): string {
  const [stage = ''] = dockerfile.split(/^FROM /m).slice(-1);
  const [, text] = new RegExp(`^${name}\\s+((?:.*\\\\\\n)*.*)$`, 'm').exec(stage) ?? [];
  if (text === undefined) throw new Error(`the last stage has no ${name}`);
  return text.replaceAll('\\\n', ' ');
}

function commandOf(text: string): [string, ...string[]] {
  return JSON.parse(text.slice(text.indexOf('['))) as [string, ...string[]];
}

interface Container {
  /** Where its mounts are. */
  readonly root: string;
  readonly url: string;
  readonly process: ChildProcess;
  readonly output: string[];
  /** Runs the line of HEALTHCHECK, and gives its exit code. */
  readonly probe: () => Promise<number | null>;
}

/**
 * What the image would run, as it would run it: in a folder that has what is copied into it, with its variables, and with the mounts
 * that it names at places of the test.
 */
async function start(variables: Record<string, string> = {}): Promise<Container> {
  const root = await scratch();
  const app = join(root, 'app');
  await mkdir(app);
  await cp(join(folder, 'dist'), join(app, 'dist'), { recursive: true });
  await cp(join(folder, 'package.json'), join(app, 'package.json'));
  await symlink(join(folder, 'node_modules'), join(app, 'node_modules'));
  await mkdir(join(root, 'data'), { mode: 0o700 });
  await mkdir(join(root, 'run', 'secrets'), { recursive: true });
  await writeFile(join(root, 'run/secrets/artifact-signing-key'), `k1=${generateKey()}\n`, { mode: 0o440 });
  await writeFile(join(root, 'run/secrets/service-users'), `ci write ${digestOf('secret-token')}\n`);

  const pairs = instruction('ENV').trim().split(/\s+/);
  const mounted = pairs.map((pair) => pair.replace(/(?<==(?:file:)?)\/(?=data$|run\/)/, `${root}/`).split('='));
  const { PATH } = process.env;
  const env = { PATH, ...Object.fromEntries(mounted), ARTIFACT_AUDIENCE: 'container', ...variables, PORT: '0' };

  const run = ([command, ...args]: [string, ...string[]]) =>
    spawn(command === 'node' ? process.execPath : command, args, { cwd: app, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const child = run(commandOf(instruction('CMD')));
  onTestFinished(() => void child.kill('SIGKILL'));
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', (line) => void output.push(line));
  const probe = async () => {
    const [code] = (await once(run(commandOf(instruction('HEALTHCHECK'))), 'exit')) as [number | null];
    return code;
  };
  while (!output.some((line) => line.startsWith('listening on')) && child.exitCode === null)
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]).then(() => new Promise(setImmediate));
  const [, port = ''] = /^listening on .*:(\d+)$/m.exec(output.join('\n')) ?? [];
  env.PORT = port;
  return { root, url: `http://127.0.0.1:${port}`, process: child, output, probe };
}

const authorized = { headers: { authorization: 'Bearer secret-token' } };

/** Puts and gets an artifact, is healthy, and ends by SIGTERM as the image says. */
async function expectService({ url, process: child, output, probe }: Container): Promise<void> {
  expect(output).toEqual([expect.stringMatching(/^listening on 0\.0\.0\.0:\d+$/)]);
  expect(await probe()).toBe(0);
  const put = await fetch(`${url}/artifacts/a/b`, { method: 'PUT', body: 'hello', ...authorized });
  expect(put.status).toBe(201);
  expect(await (await fetch(`${url}/artifacts/a/b`, authorized)).text()).toBe('hello');
  expect((await fetch(`${url}/artifacts/a/b`)).status).toBe(401);

  const ended = once(child, 'exit');
  child.kill(instruction('STOPSIGNAL') as NodeJS.Signals);

  expect(await ended).toEqual([0, null]);
  expect(output.slice(1)).toEqual(['SIGTERM: closing']);
  expect(await probe()).toBe(1);
}

test('the image runs as somebody without rights, and has no secret in it', () => {
  expect(instruction('USER')).toBe('node');
  expect(dockerfile.match(/^FROM .*$/gm)).toEqual(['FROM node:22-slim AS build', 'FROM node:22-slim']);
  expect(instruction('ENV')).not.toMatch(/ARTIFACT_SIGNING_KEY=|SERVICE_USERS=|SECRET|TOKEN/);
  expect(instruction('HEALTHCHECK')).toContain('/readyz');
  expect(dockerfile).not.toMatch(/curl|wget/);
});

test('its lines serve artifacts from a directory, are healthy, and end by its signal', async () => {
  await expectService(await start());
});

test('I-27 a scrape has the metrics of what was done, for those with a token', async () => {
  const { url } = await start();
  await fetch(`${url}/artifacts/private-name`, { method: 'PUT', body: 'hello', ...authorized });

  // A store that does not say in time what it holds is left out of a scrape.
  const text = await vi.waitFor(async () => {
    const scrape = await fetch(`${url}/metrics`, authorized);
    expect(scrape.headers.get('content-type')).toContain('text/plain');
    const found = await scrape.text();
    expect(found).toMatch(/^artifact_count_total\{.*\} 1$/m);
    return found;
  }, 30_000);
  expect(text).toMatch(/^artifact_operations_total\{(?=.*operation="upload")(?=.*status="success").*\} 1$/m);
  expect(text).not.toContain('private-name');
  expect((await fetch(`${url}/metrics`)).status).toBe(401);
});

test('with an audit trail everything that is done is in it, by whom, and it is signed at the end', async () => {
  const file = join(await scratch(), 'trail.jsonl');
  const container = await start({ AUDIT_FILE: file });
  await expectService(container);

  const keyring = keyringFromText(await readFile(join(container.root, 'run/secrets/artifact-signing-key'), 'utf8'));
  const report = await verifyAuditLog({ file, keyring });
  const lines = (await readFile(file, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);

  expect(report).toMatchObject({ intact: true, findings: [], unsignedTail: 0, unfinished: 0, notRecorded: 0 });
  for (const operation of ['upload', 'download'])
    expect(lines).toContainEqual(
      expect.objectContaining({ type: 'end', operation, id: 'a/b', actor: 'ci', outcome: 'ok' }),
    );
});

describeS3('in a bucket', (server) => {
  test('its lines serve artifacts from the address that is given', async () => {
    await ensureBucket(server);
    const { endpoint, bucket, region, accessKeyId, secretAccessKey } = server;
    const prefix = freshPrefix();
    const query = new URLSearchParams({ endpoint, region, allowInsecureEndpoint: 'true' });
    await expectService(
      await start({
        ARTIFACT_URL: `s3://${bucket}/${prefix}?${query.toString()}`,
        AWS_ACCESS_KEY_ID: accessKeyId,
        AWS_SECRET_ACCESS_KEY: secretAccessKey,
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      }),
    );

    const backend = s3Backend({ ...connectionTo(server), prefix });
    onTestFinished(() => backend.close());
    const keys: string[] = [];
    for await (const { key } of backend.list({ prefix: '' })) keys.push(key);
    expect(keys).toEqual(['records/a/b', 'store.json']);
  });
});

test('a container whose key is missing ends, and says which', async () => {
  const { process: child, output } = await start({ ARTIFACT_SIGNING_KEY_FILE: '/nowhere' });

  if (child.exitCode === null) await once(child, 'exit');

  expect(child.exitCode).toBe(1);
  expect(output.join('\n')).toContain('ARTIFACT_SIGNING_KEY_FILE: no file can be read there');
});
