import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cache, inCi, readJson, run, tool } from './workspace.mjs';

const countsFile = join(cache, 'test-counts.json');

/**
 * Runs every test of the workspace, or those in `files`, and counts them. What vitest prints is shown as it comes, or with
 * `show: false` returned.
 *
 * @typedef {object} Tests
 * @property {number} passed
 * @property {number} failed
 * @property {string[]} failures The names of the tests that failed.
 * @property {string[]} notes What was left out, and why.
 * @property {string} output
 *
 * @returns {Promise<Tests>}
 */
export async function runVitest({ show = true, files = [], env = {} } = {}) {
  mkdirSync(cache, { recursive: true });
  rmSync(countsFile, { force: true });
  const reporters = ['--reporter=default', '--reporter=./scripts/lib/count-reporter.mjs'];
  const vitest = tool('vitest', 'run', ...reporters, ...files);
  const { code, output } = await run(vitest, { show, env: { ...env, TEST_COUNTS_FILE: countsFile } });
  if (!existsSync(countsFile)) return { passed: 0, failed: 1, failures: [], notes: [], output };

  const { passed, failed, failures: names, skipped, notes: told } = readJson(countsFile);
  // A rule about a claim that a backend does not make is not missing: there is another rule for its denial. Nor is one that the
  // storage at hand cannot show, such as several processes on what lives in the memory of one.
  const denied = skipped.filter(({ reason }) => reason.endsWith(' claimed'));
  const notOffered = skipped.filter(({ reason }) => reason.endsWith(' not offered'));
  // That there is no server was said where one should have been started.
  const explained = new Set([...denied, ...notOffered, ...skipped.filter(({ reason }) => isAboutServers(reason))]);
  const missing = skipped.filter((test) => !explained.has(test));
  const notes = [
    ...told,
    ...(denied.length > 0 ? [`${denied.length} rules are about claims that the backend at hand does not make`] : []),
    ...(notOffered.length > 0 ? [`${notOffered.length} rules need what the harness at hand does not offer`] : []),
    ...missing.map(({ name, reason }) => `SKIPPED ${name}: ${reason}`),
  ];
  const failures = failed + (inCi ? missing.length : 0);
  // No test at all proves nothing, and vitest has reasons of its own to fail.
  const failedOtherwise = failures === 0 && (code !== 0 || passed === 0);
  return { passed, failed: failedOtherwise ? 1 : failures, failures: names, notes, output };
}

function isAboutServers(reason) {
  return reason.startsWith('no S3 server');
}
