import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../lib/workspace.mjs';
import { clusterConfig, smallestPartBytes } from './cluster-config.mjs';
import { endDaemons, isRunning, startDaemon } from './daemons.mjs';
import { freePort, isFree } from './ports.mjs';
import { claimFolder, readState, writeState } from './server-folder.mjs';
import { signedRequest } from './signed-request.mjs';
import { suites } from './suites.mjs';

/** Of no worth to anybody, and of the characters that a signature can go wrong on. */
const credentials = {
  accessKeyId: 'TEST-ONLY-ACCESS-KEY',
  secretAccessKey: 'test-only/secret+access/key+of+no+worth',
};
const region = 'us-east-1';
const bucket = 'artifacts-test';

const stepTimeout = 60_000;
const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

/**
 * Starts an S3 server on loopback that keeps everything in memory, with an empty bucket.
 *
 * @param {{ suite: keyof typeof suites, folder?: string, port?: number, mortal?: boolean }} options `folder` is absent, empty, or
 * that of a server that has ended. With `mortal` the server ends with this process, however that ends.
 * @returns The server as tests need it, with its folder.
 */
export async function startServer({ suite: suiteName, folder: givenFolder, port, mortal = false }) {
  const { missing, prepare } = suites[suiteName];
  const reason = missing();
  if (reason !== undefined) throw new Error(`no server can run here: ${reason}`);
  if (port !== undefined && !(await isFree(port))) throw new Error(`port ${port} is taken`);
  const suite = await prepare();
  const folder = givenFolder ?? mkdtempSync(join(realpathSync(tmpdir()), 'artifacts-s3-'));
  claimFolder(folder);
  try {
    return await startCluster({ suite, folder, port: port ?? (await freePort()), mortal });
  } catch (error) {
    stopServer(folder);
    throw error;
  }
}

/**
 * Kills what takes the requests of a running server, at once, as a crash would; what it has stored stays.
 *
 * @returns {() => Promise<void>} Starts it again, and resolves when it answers.
 */
export function crashGateway({ folder, ...server }) {
  const [{ command, mortal, ...gateway }, ...others] = readState(folder).daemons;
  endDaemons([gateway]);
  return async () => {
    const log = join(folder, 'gateway.log');
    const again = startDaemon(command, { log, env, mortal });
    writeState(folder, [again, ...others]);
    await makeBucket(server, again, log);
  };
}

/** Ends the server of a folder, and removes the folder, before the call returns. */
export function stopServer(folder) {
  endDaemons(readState(folder).daemons);
  rmSync(folder, { recursive: true });
}

async function startCluster({ suite, folder, port, mortal }) {
  const inside = suite.seenAs(folder);
  const command = (program, ...args) => [...suite.prefix(folder), program, '--conf', `${inside}/ceph.conf`, ...args];
  const daemons = [];
  const logOf = (name) => join(folder, `${name}.log`);

  const step = async (program, ...args) => {
    const { code, output } = await run(command(program, ...args), { env, timeout: stepTimeout });
    if (code !== 0) throw new Error(`${program} failed:\n${lastLines(output)}`);
    return output;
  };
  const start = (name, program, ...args) => {
    const daemon = startDaemon(command(program, ...args, '--foreground'), { log: logOf(name), env, mortal });
    // The front door is closed first.
    daemons.unshift(daemon);
    writeState(folder, daemons);
    return daemon;
  };

  const id = randomUUID();
  const storageId = randomUUID();
  const monitorPort = await freePort();
  for (const name of ['mon', 'osd', 'gateway']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'keyring'), '');
  writeFileSync(join(folder, 'ceph.conf'), clusterConfig({ id, folder: inside, port, monitorPort }));

  await step('ceph-mon', '--id', 'a', '--mkfs', '--fsid', id, '--public-addr', `v2:127.0.0.1:${monitorPort}`);
  start('mon', 'ceph-mon', '--id', 'a');
  await step('ceph', '--connect-timeout', '30', 'osd', 'new', storageId, '0');
  await step('ceph-osd', '--id', '0', '--mkfs', '--osd-uuid', storageId);
  start('osd', 'ceph-osd', '--id', '0');
  const { accessKeyId, secretAccessKey } = credentials;
  const user = ['--uid=test', '--display-name=test', `--access-key=${accessKeyId}`, `--secret-key=${secretAccessKey}`];
  await step('radosgw-admin', '--name', 'client.rgw', 'user', 'create', ...user);
  const gateway = start('gateway', 'radosgw', '--name', 'client.rgw');

  const endpoint = `http://127.0.0.1:${port}`;
  await makeBucket({ endpoint, region, ...credentials }, gateway, logOf('gateway'));
  const version = (await step('radosgw', '--version')).match(/^ceph version (\d+\.\d+\.\d+)/)?.[1] ?? 'of some version';
  return { name: `ceph ${version}`, endpoint, ...credentials, region, bucket, smallestPartBytes, folder };
}

/** Waits for the gateway to answer; to make a bucket that is there is no error. */
async function makeBucket(server, gateway, log) {
  const deadline = performance.now() + stepTimeout;
  for (;;) {
    // It refuses connections until it is ready.
    const answer = await signedRequest('PUT', `/${bucket}`, server).catch(() => undefined);
    if (answer?.status === 200) return;
    const problem = answer === undefined ? 'does not listen' : `answers ${answer.status}`;
    if (!isRunning(gateway) || performance.now() > deadline)
      throw new Error(`the gateway ${problem}:\n${lastLines(readFileSync(log, 'utf8'))}`);
    await delay(50);
  }
}

function lastLines(text) {
  return text.trimEnd().split('\n').slice(-20).join('\n');
}
