import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { apiText } from './api.mjs';
import { readJson } from './workspace.mjs';

/**
 * What each package exposed when its version was last raised: the digest of its API text then. A release is recorded and not
 * looked up, because a check must not need the network.
 */
const record = join('.changeset', 'released-api.json');

/** The file of a package that holds its API text. */
export const apiFile = 'api.txt';

/**
 * Where the API of the built packages differs from the text beside them, and where it differs from what was released
 * although no pending changeset will raise the version.
 *
 * @param {string} root The workspace's absolute path.
 * @param {string[]} folders The published packages, relative to the root.
 * @returns {Promise<string[]>}
 */
export async function apiProblems(root, folders) {
  const released = releasedApi(root);
  const pending = pendingPackages(root);
  const problems = folders.map(async (folder) => {
    const { name, version } = readJson(join(root, folder, 'package.json'));
    const text = await apiText(join(root, folder));
    const path = join(root, folder, apiFile);
    const kept = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const found = text === kept ? [] : [`${folder}/${apiFile}: ${firstDifference(kept, text)}: run npm run api`];

    const last = released[name];
    // A package that was never released has nothing to differ from.
    if (last === undefined) return found;
    if (last.version !== version) {
      return [
        ...found,
        `${folder}: version ${version} does not come from npm run version, which last made ${last.version}`,
      ];
    }
    if (last.sha256 === digest(text) || pending.has(name)) return found;
    return [...found, `${folder}: the API is not that of ${version}: say what changed in a changeset for ${name}`];
  });
  return (await Promise.all(problems)).flat();
}

/**
 * The recorded releases by package name.
 *
 * @returns {Record<string, { version: string, sha256: string }>}
 */
export function releasedApi(root) {
  return readJson(join(root, record));
}

/** Records what the built packages expose as the API of their present versions. */
export async function recordReleasedApi(root, folders) {
  const entries = folders.map(async (folder) => {
    const { name, version } = readJson(join(root, folder, 'package.json'));
    return [name, { version, sha256: digest(await apiText(join(root, folder))) }];
  });
  writeFileSync(join(root, record), `${JSON.stringify(Object.fromEntries(await Promise.all(entries)), null, 2)}\n`);
}

/** The packages that the next `changeset version` will raise. */
function pendingPackages(root) {
  const folder = join(root, '.changeset');
  const changesets = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md');
  return new Set(
    changesets.flatMap((name) => {
      const [, head = ''] = readFileSync(join(folder, name), 'utf8').split(/^---\s*$/m);
      return [...head.matchAll(/^\s*(['"]?)(\S+)\1\s*:\s*(?:patch|minor|major)\s*$/gm)].map((match) => match[2]);
    }),
  );
}

function firstDifference(kept, text) {
  const lines = text.split('\n');
  const number = kept.split('\n').findIndex((line, index) => line !== lines[index]) + 1;
  return `line ${number || lines.length} is not what the build exposes`;
}

function digest(text) {
  return createHash('sha256').update(text).digest('hex');
}
