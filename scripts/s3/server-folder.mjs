import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isRunning } from './daemons.mjs';

// Tells our folders from those of others: nothing else is emptied or removed.
const stateFile = 's3-server.json';

/** Makes the folder of a server, or empties that of one that has ended. */
export function claimFolder(folder) {
  mkdirSync(folder, { recursive: true });
  if (readdirSync(folder).length > 0) {
    const { daemons } = readState(folder);
    if (daemons.some(isRunning)) throw new Error(`a server runs in ${folder}: stop it first`);
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  }
  writeState(folder, []);
}

/** Remembers what was started, as soon as it was. */
export function writeState(folder, daemons) {
  const path = join(folder, stateFile);
  // Never half written, whenever the starter is killed.
  writeFileSync(`${path}.new`, JSON.stringify({ daemons }));
  renameSync(`${path}.new`, path);
}

/** @returns {{ daemons: import('./daemons.mjs').Daemon[] }} */
export function readState(folder) {
  const path = join(folder, stateFile);
  if (!existsSync(path)) throw new Error(`${folder} is not the folder of a server that this program started`);
  return JSON.parse(readFileSync(path, 'utf8'));
}
