import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, test, type TestContext } from 'vitest';

import { temporaryDirectory } from './support/directory.ts';
import type { FileSystemKind } from './support/disk.ts';
import type { Flaw } from './support/flaws.ts';
import { bundle, watch } from './support/programs.ts';
import { report, seedOfRun, times } from './support/random.ts';

const losses = times('ARTIFACTS_TEST_POWER_LOSSES', 20);

interface Outcome {
  readonly losses: number;
  readonly acknowledgements: number;
  /** What was found that nothing explains, or could not be read. */
  readonly lost?: string;
}

test.for(['ext4', 'xfs'] as const)(
  'I-9 on %s what was acknowledged survives the loss of power, and nothing is torn',
  { timeout: 60_000 + losses * 3000 },
  async (kind, { skip }) => {
    const seed = seedOfRun();
    const often = Math.ceil(losses / 2);
    const outcome = await lose(skip, kind, often, seed, 'none');
    const { acknowledgements } = outcome;
    expect(outcome).toEqual({ losses: often, acknowledgements });
    // Each writer loses its power five times at most, and not before it has something to lose.
    expect(acknowledgements).toBeGreaterThanOrEqual(3 * Math.ceil(often / 5));
    report(`loss of power on ${kind}`, { losses: often, acknowledgements }, seed);
  },
);

test.for(['syncs nothing', 'syncs no file', 'syncs no directory'] as const)(
  'a backend that %s does not survive the loss of power',
  async (flaw, { skip }) => {
    expect(await lose(skip, 'ext4', 100, seedOfRun(), flaw)).toHaveProperty('lost');
  },
);

/** Loses power so often, on a disk of its own. */
async function lose(
  skip: TestContext['skip'],
  kind: FileSystemKind,
  often: number,
  seed: number,
  flaw: Flaw,
): Promise<Outcome> {
  if (process.getuid?.() !== 0) return skip('only root has a disk to lose the power of');
  const directory = await temporaryDirectory();
  const disk = join(directory, 'disk');
  await mkdir(disk);
  const [writer, program] = [await bundle('writer', directory), await bundle('power-losses', directory)];
  const given = [process.execPath, program, disk, kind, String(often), String(seed), writer, flaw];
  // In a mount namespace of its own, so that nothing stays mounted however this ends.
  const child = spawn('unshare', ['--mount', '--propagation', 'private', '--', ...given], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const failed = once(child, 'error').then(([error]: unknown[]) => String(error));
  const { lines, ended } = watch(child);
  const end = await Promise.race([ended, failed]);
  if (lines.length === 0) return skip(`no mount namespace to lose power in: unshare ended with ${end}`);
  expect(end).toBe(0);
  const outcome = JSON.parse(lines.at(-1) ?? '') as Outcome | { readonly unavailable: string };
  return 'unavailable' in outcome ? skip(`no disk to lose the power of: ${outcome.unavailable}`) : outcome;
}
