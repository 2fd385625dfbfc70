import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { files, root } from '../lib/workspace.mjs';
import { backendsOf, inOrder } from './backends.mjs';
import { token } from './numbers.mjs';

// A test: 'I-6 title'. A rule of the testkit: title: 'title', guarantee: 'I-6'.
const testTitle = new RegExp(String.raw`(['"\`])(?<names>(?:${token}[\s,:/]+)+)(?<title>(?:(?!\1).)+)\1`, 'g');
const ruleTitle = new RegExp(
  String.raw`title:\s*(['"\`])(?<title>(?:(?!\1).)*)\1,\s*guarantee:\s*['"](?<names>${token})['"]`,
  'g',
);

/**
 * @typedef {object} ShowingTest
 * @property {string} path
 * @property {string} title
 * @property {string[]} shows The guarantees.
 * @property {string[]} runBy The files of tests that run it: its own, or those that run the rule.
 * @property {string[]} backends Those that it has at hand.
 */

/** Every test and every rule of the testkit that names a guarantee. @returns {ShowingTest[]} */
export function readTests() {
  const code = (path) => readFileSync(join(root, path), 'utf8');
  const paths = ['packages', 'examples'].flatMap((folder) => files(folder, /\.ts$/));
  const suites = paths.filter((path) => path.endsWith('.test.ts') && code(path).includes('describeBackend('));
  const runners = {
    'store-rules': suites.filter((path) => code(path).includes('storeRules')),
    // What says nothing of rules runs those of the contract.
    rules: suites.filter((path) => code(path).includes('contractRules') || !code(path).includes('storeRules')),
  };
  const shown = (path, runBy, pattern) => {
    const backends = inOrder(runBy.flatMap(backendsOf));
    return [...code(path).matchAll(pattern)].map(({ groups: { names, title } }) => {
      return { path, title, shows: names.match(new RegExp(token, 'g')), runBy, backends };
    });
  };
  return paths.flatMap((path) => {
    if (path.endsWith('.test.ts')) return shown(path, [path], testTitle);
    const [, kind] = /^packages\/testkit\/src\/(rules|store-rules)\//.exec(path) ?? [];
    return kind === undefined ? [] : shown(path, runners[kind], ruleTitle);
  });
}
