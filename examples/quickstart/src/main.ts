import { parseArgs } from 'node:util';

import { isArtifactError } from '@artifacts/core';

import { FolderError } from './files.ts';
import { printable } from './format.ts';
import { homeName } from './home.ts';
import { quickstart } from './quickstart.ts';

const usage = `usage: npm run quickstart [-- DIR]

Stores every file under DIR as a signed artifact, lists them, reads each back verified, and shows what happens when
somebody changes one byte. Without DIR it takes packages of this workspace and the running node binary.`;

// A reader that has seen enough, such as `head`, is no reason to stop halfway.
process.stdout.on('error', () => undefined);

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', short: 'h' } },
  });
  if (values.help === true) console.log(usage);
  else if (positionals.length > 1) fail('give one folder, or none');
  else await quickstart(positionals[0]);
} catch (error) {
  if (error instanceof FolderError) fail(error.message);
  else if (isArtifactError(error)) fail(`${error.code}: ${error.message}; to start afresh: rm -r ${homeName}`);
  // A failed system call or a wrong option says in its message all there is to say.
  else if (error instanceof Error && 'code' in error) fail(error.message);
  else throw error;
}

function fail(message: string): void {
  console.error(`quickstart: ${printable(message)}`);
  process.exitCode = 1;
}
