import { parseArgs } from 'node:util';

import { isArtifactError } from '@artifacts/core';

import { FolderError } from './files.ts';
import { printable } from './format.ts';
import { homeName, openDirectory } from './directory.ts';
import { quickstart } from './quickstart.ts';

const usage = `usage: npm run quickstart [-- [--s3] [DIR]]

Stores every file under DIR as a signed artifact, lists them, reads each back verified, and shows what happens when
somebody changes one byte. Without DIR it takes packages of this workspace and the running node binary.

The store is in ${homeName}. With --s3 it is in a bucket: of the server that ARTIFACTS_TEST_S3_ENDPOINT,
_ACCESS_KEY_ID, _SECRET_ACCESS_KEY, _REGION and _BUCKET name, or of one that is started for the run, as root on Debian.`;

// A reader that has seen enough, such as `head`, is no reason to stop halfway.
process.stdout.on('error', () => undefined);

let remedy = '';
try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' }, s3: { type: 'boolean' } },
  });
  if (values.help === true) console.log(usage);
  else if (positionals.length > 1) fail('give one folder, or none');
  else await run(values.s3 === true, positionals[0]);
} catch (error) {
  if (error instanceof FolderError) fail(error.message);
  else if (isArtifactError(error)) fail(`${error.code}: ${error.message}${remedy}`);
  // A failed system call or a wrong option says in its message all there is to say.
  else if (error instanceof Error && 'code' in error) fail(error.message);
  else throw error;
}

async function run(onS3: boolean, folder: string | undefined): Promise<void> {
  if (!onS3) remedy = `; to start afresh: rm -r ${homeName}`;
  // The AWS SDK takes a moment to load, so only those wait for it who need it.
  await using place = onS3 ? (await import('./bucket.ts')).openBucket() : await openDirectory();
  await quickstart(place, folder);
}

function fail(message: string): void {
  console.error(`quickstart: ${printable(message)}`);
  process.exitCode = 1;
}
