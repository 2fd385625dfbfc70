import { join } from 'node:path';
import { folderOfPassingServers } from './lib/passing-servers.mjs';
import { runProgram } from './lib/workspace.mjs';
import { ensureBucket } from './s3/ensure-bucket.mjs';
import { startServer } from './s3/server.mjs';
import { variablesOf } from './s3/variables.mjs';

const args = process.argv.slice(2);
const isOnS3 = args.includes('--s3') && !args.includes('--help');

try {
  await runProgram('examples/quickstart', args, isOnS3 ? serverVariables : undefined);
} catch (error) {
  console.error(`quickstart: ${error.message}`);
  process.exitCode = 1;
}

/** Of the server that the environment names, or of one that ends with this process. */
async function serverVariables() {
  const { s3TestServers } = await import('@artifacts/testkit/s3-servers');
  const [given] = s3TestServers();
  if (given !== undefined) {
    await ensureBucket(given);
    return variablesOf(given);
  }
  console.log('starting an S3 server, the Ceph Object Gateway of Debian, which apt installs if it is not there');
  try {
    const folder = join(folderOfPassingServers(), 'host');
    const server = await startServer({ suite: 'host', folder, mortal: true });
    console.log(`${server.name} runs at ${server.endpoint} until this is done`);
    return variablesOf(server);
  } catch (error) {
    const names = 'ARTIFACTS_TEST_S3_ENDPOINT, _ACCESS_KEY_ID, _SECRET_ACCESS_KEY, _REGION and _BUCKET';
    throw new Error(`${error.message}; or name a server of yours by ${names}`, { cause: error });
  }
}
