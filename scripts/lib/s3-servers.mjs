import { join } from 'node:path';
import { startServer } from '../s3/server.mjs';
import { suites } from '../s3/suites.mjs';
import { folderOfPassingServers } from './passing-servers.mjs';
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
  const folder = folderOfPassingServers();
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
