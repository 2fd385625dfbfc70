import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer, stopServer } from '../s3/server.mjs';
import { suites } from '../s3/suites.mjs';
import { stepLine } from './steps.mjs';
import { inCi } from './workspace.mjs';

/**
 * Starts the servers that the S3 tests run on, unless `ARTIFACTS_TEST_S3_ENDPOINT` names another, and prints what became of each. They
 * end with this process, however that ends.
 *
 * @returns {Promise<{ passed: number, failed: number, env: Record<string, string> }>} Tests find the servers by `env`.
 */
export async function startS3Servers() {
  const startedAt = performance.now();
  if (process.env.ARTIFACTS_TEST_S3_ENDPOINT !== undefined) {
    console.log(stepLine('ok', 's3', startedAt, 'the server that ARTIFACTS_TEST_S3_ENDPOINT names'));
    return { passed: 1, failed: 0, env: {} };
  }
  const available = Object.keys(suites).filter((suite) => suites[suite].missing() === undefined);
  if (available.length === 0) {
    console.log(`SKIPPED s3: ${suites.host.missing()}, or a server that ARTIFACTS_TEST_S3_ENDPOINT names`);
    return { passed: 0, failed: inCi ? 1 : 0, env: {} };
  }
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'artifacts-s3-'));
  stopAtExit(folder);
  const servers = await Promise.all(Object.keys(suites).map((suite) => tryStart(suite, join(folder, suite))));
  const started = servers.filter((server) => server !== undefined);
  return {
    passed: started.length,
    failed: inCi ? servers.length - started.length : 0,
    env: { ARTIFACTS_TEST_S3_SERVERS: JSON.stringify(started) },
  };
}

async function tryStart(suite, folder) {
  const startedAt = performance.now();
  try {
    const { folder: _folder, ...server } = await startServer({ suite, folder, mortal: true });
    console.log(stepLine('ok', `s3 ${suite}`, startedAt, server.name));
    return server;
  } catch (error) {
    console.log(`SKIPPED s3 ${suite}: ${error.message}`);
    return undefined;
  }
}

function stopAtExit(folder) {
  process.on('exit', () => {
    const started = Object.keys(suites).map((suite) => join(folder, suite));
    for (const one of started.filter((path) => existsSync(path))) stopServer(one);
    rmSync(folder, { recursive: true });
  });
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) {
    // A listener in place of the signal's own effect, so that there is an exit.
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
}
