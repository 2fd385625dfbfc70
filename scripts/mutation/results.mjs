import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJson, root } from '../lib/workspace.mjs';

export const resultsPath = 'bench/results/mutation.json';

/**
 * @typedef {object} Survivor A change that no test saw.
 * @property {number} line
 * @property {string} mutator
 * @property {string} original
 * @property {string} replacement
 *
 * @typedef {object} Result What came of the mutants of one source.
 * @property {string} commit
 * @property {string} date
 * @property {string} node
 * @property {number} killed By a test that failed.
 * @property {number} timeout Because the tests never ended.
 * @property {number} invalid What did not run at all; it counts for nothing.
 * @property {Survivor[]} survivors
 */

/** What was measured last, by the name of the source. @returns {Record<string, Result>} */
export function readResults() {
  return existsSync(join(root, resultsPath)) ? readJson(join(root, resultsPath)) : {};
}

/** The essence of Stryker's report on one source. */
export function summaryOf({ files }, path) {
  const { source, mutants } = files[path];
  const count = (...states) => mutants.filter(({ status }) => states.includes(status)).length;
  const survivors = mutants
    .filter(({ status }) => status === 'Survived' || status === 'NoCoverage')
    .map(({ location, mutatorName, replacement }) => ({
      line: location.start.line,
      mutator: mutatorName,
      original: oneLine(textAt(source, location)),
      replacement: oneLine(replacement),
    }));
  return {
    killed: count('Killed'),
    timeout: count('Timeout'),
    invalid: count('RuntimeError', 'CompileError'),
    survivors,
  };
}

/** Of all mutants that ran, how many hundredths were seen. */
export function scoreOf(results) {
  const seen = results.reduce((sum, { killed, timeout }) => sum + killed + timeout, 0);
  const all = results.reduce((sum, { survivors }) => sum + survivors.length, seen);
  return (100 * seen) / all;
}

function textAt(source, { start, end }) {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  lines.push(lines.pop().slice(0, end.column - 1));
  return [lines[0].slice(start.column - 1), ...lines.slice(1)].join('\n');
}

function oneLine(text) {
  const line = text.replaceAll(/\s+/g, ' ');
  return line.length <= 100 ? line : `${line.slice(0, 100)}...`;
}
