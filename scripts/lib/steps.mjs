import { availableParallelism } from 'node:os';
import { inCi, run } from './workspace.mjs';

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} command
 * @property {() => string | undefined} [unavailable] Why the step cannot run here, if it cannot.
 * @property {boolean} [note] Whether the last line of the output is worth reading when all is well.
 */

export function seconds(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

/** The one line about a step that was run. */
export function stepLine(state, name, startedAt, note = '') {
  return `${state.padEnd(7)} ${name.padEnd(14)} ${seconds(startedAt).padStart(7)}  ${note}`.trimEnd();
}

/**
 * Runs the steps side by side, one per processor, and prints each as it ends.
 *
 * @param {Step[]} steps
 * @returns {Promise<{ passed: number, failed: number }>}
 */
export async function runSteps(steps) {
  const waiting = [...steps];
  const counts = { passed: 0, failed: 0 };
  const worker = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      const outcome = await runStep(step);
      if (outcome !== 'skipped') counts[outcome] += 1;
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  return counts;
}

async function runStep({ name, command, unavailable, note }) {
  const reason = unavailable?.();
  if (reason !== undefined) {
    console.log(`SKIPPED ${name}: ${reason}`);
    return inCi ? 'failed' : 'skipped';
  }
  const startedAt = performance.now();
  const { code, output } = await run(command);
  if (code === 0) {
    console.log(stepLine('ok', name, startedAt, note && output.trimEnd().split('\n').at(-1)));
    return 'passed';
  }
  console.log(stepLine('FAILED', name, startedAt));
  console.log(output.trimEnd().replaceAll(/^/gm, '  | '));
  return 'failed';
}
