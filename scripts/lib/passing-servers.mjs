import { mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { stopServer } from '../s3/server.mjs';

/** A folder for the folders of servers that end with this process, whether that ends by itself or by a signal. */
export function folderOfPassingServers() {
  const folder = mkdtempSync(join(realpathSync(tmpdir()), 'artifacts-s3-'));
  process.on('exit', () => {
    for (const name of readdirSync(folder)) stopServer(join(folder, name));
    rmSync(folder, { recursive: true });
  });
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM']) {
    // A listener in place of the signal's own effect, so that there is an exit.
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  return folder;
}
