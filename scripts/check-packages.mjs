// What a user would install: each package is packed, and the tarball is checked, not the folder.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, posix } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { pack } from './lib/pack.mjs';
import { cache, publishedFolders, report, root, run, tool } from './lib/workspace.mjs';

const tarballs = await pack(join(cache, 'packages'), publishedFolders());
const problems = [];

await Promise.all(
  tarballs.map(async ({ path }) => {
    const tarball = basename(path);
    const checks = [
      tool('publint', 'run', path, '--strict'),
      tool('attw', path, '--profile', 'esm-only', '--no-color', '--no-emoji'),
    ];
    for (const check of checks) {
      const { code, output } = await run(check);
      if (code !== 0) problems.push(`${tarball}:\n${output}`);
    }
    problems.push(...contentProblems(unpack(path)).map((problem) => `${tarball}: ${problem}`));
  }),
);
report(problems, `${tarballs.length} tarballs`);

function contentProblems(contents) {
  const manifestText = contents.get('package.json')?.toString() ?? '{}';
  const manifest = JSON.parse(manifestText);
  const found = [];
  const paths = [...contents.keys()];
  if (manifestText.includes('@artifacts/source')) found.push('the source condition must not be published');
  if (manifestText.includes('workspace:')) found.push('a workspace: range must not be published');
  // Every error names its section of the page, so core brings it along.
  const pages = manifest.name === '@artifacts/core' ? ['errors.md'] : [];
  for (const required of ['README.md', 'CHANGELOG.md', 'LICENSE', ...pages])
    if (!contents.has(required)) found.push(`${required} is missing`);
  for (const path of paths.filter((name) => /\.test\.|tsbuildinfo/.test(name))) found.push(`${path} is not for users`);
  for (const path of paths.filter((name) => name.endsWith('.map'))) {
    const { sources } = JSON.parse(contents.get(path).toString());
    const missing = sources.filter((source) => !contents.has(posix.join(posix.dirname(path), source)));
    if (missing.length > 0) found.push(`${path} points to ${missing.join(', ')}, which is not packed`);
  }
  found.push(...requireProblems(manifest));
  return found;
}

/** A module with a top-level await cannot be loaded by `require`, and neither attw nor publint would notice. */
function requireProblems({ name, exports = {} }) {
  const load = createRequire(join(root, 'package.json'));
  // A test runner is never loaded outside its own process.
  const entries = Object.keys(exports).filter((entry) => entry !== './vitest');
  return entries.flatMap((entry) => {
    try {
      load(posix.join(name, entry));
      return [];
    } catch (error) {
      return [`require('${posix.join(name, entry)}') fails: ${String(error)}`];
    }
  });
}

/** The files of an npm tarball by path. A tar header is 512 bytes: name at 0, octal size at 124, type at 156, prefix at 345. */
function unpack(path) {
  const archive = gunzipSync(readFileSync(path));
  const contents = new Map();
  const text = (start, length) => archive.toString('utf8', start, start + length).replace(/\0.*$/s, '');
  for (let header = 0; header + 512 <= archive.length && archive[header] !== 0;) {
    const size = Number.parseInt(text(header + 124, 12), 8);
    const name = posix.join(text(header + 345, 155), text(header, 100)).replace(/^package\//, '');
    if (text(header + 156, 1) === '0' || archive[header + 156] === 0) {
      contents.set(name, archive.subarray(header + 512, header + 512 + size));
    }
    header += 512 + Math.ceil(size / 512) * 512;
  }
  return contents;
}
