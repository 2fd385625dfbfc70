import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cache, readJson, run, tool } from './workspace.mjs';

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
  for (const { name, reason } of skipped) console.log(`SKIPPED ${name}: ${reason}`);
  // No test at all proves nothing, and vitest has reasons of its own to fail.
  const failedOtherwise = failed === 0 && (code !== 0 || passed === 0);
  return { passed, failed: failedOtherwise ? 1 : failed };
}
