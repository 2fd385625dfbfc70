import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cache, inCi, readJson, run, tool } from './workspace.mjs';

const countsFile = join(cache, 'test-counts.json');

/**
 * Runs every test of the workspace and counts them.
 *
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runVitest() {
  mkdirSync(cache, { recursive: true });
  rmSync(countsFile, { force: true });
  const reporters = ['--reporter=default', '--reporter=./scripts/lib/count-reporter.mjs'];
  const vitest = tool('vitest', 'run', ...reporters);
  const { code } = await run(vitest, { show: true, env: { TEST_COUNTS_FILE: countsFile } });
  if (!existsSync(countsFile)) return { passed: 0, failed: 1 };

  const { passed, failed, skipped } = readJson(countsFile);
  // A rule about a claim that a backend does not make is not missing: there is another rule for its denial.
  const beside = skipped.filter(({ reason }) => isAboutClaims(reason));
  if (beside.length > 0) console.log(`${beside.length} rules are about claims that the backend at hand does not make`);
  const missing = skipped.filter(({ reason }) => !isAboutClaims(reason));
  for (const { name, reason } of missing) console.log(`SKIPPED ${name}: ${reason}`);
  const failures = failed + (inCi ? missing.length : 0);
  // No test at all proves nothing, and vitest has reasons of its own to fail.
  const failedOtherwise = failures === 0 && (code !== 0 || passed === 0);
  return { passed, failed: failedOtherwise ? 1 : failures };
}

function isAboutClaims(reason) {
  return reason.endsWith(' claimed');
}
