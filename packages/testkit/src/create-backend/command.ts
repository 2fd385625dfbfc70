import { errorText } from '../conformance/error-text.ts';
import type { Output } from '../conformance/report.ts';
import { createBackend } from './create-backend.ts';

const usage = `Usage: artifacts-create-backend FOLDER

Makes a package in FOLDER, which must be new or empty: a backend in memory that is complete, the tests that run every
rule of @artifacts/testkit on it, a build and a workflow for CI. Its medium has the name of the folder, without
"backend" and "artifacts": acme for ./artifacts-backend-acme.
`;

/** The command `artifacts-create-backend`, given the arguments behind its name. Gives its exit code. */
export async function createBackendCommand(args: readonly string[], stdout: Output, stderr: Output): Promise<number> {
  const [folder, ...more] = args;
  if (folder === undefined || more.length > 0 || folder.startsWith('-')) {
    const isWanted = folder === '--help' && more.length === 0;
    (isWanted ? stdout : stderr).write(usage);
    return isWanted ? 0 : 2;
  }
  try {
    const files = await createBackend(folder);
    stdout.write(`${files.map((file) => `  ${file}\n`).join('')}\nNow: cd ${folder} && npm install && npm test\n`);
    return 0;
  } catch (error) {
    stderr.write(`artifacts-create-backend: ${errorText(error)}\n`);
    return 2;
  }
}
