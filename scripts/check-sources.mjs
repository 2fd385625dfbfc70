// What the linter has no rule for: nothing is hidden from coverage, no test is switched off without saying why.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { files, report, root } from './lib/workspace.mjs';

const rules = [
  {
    pattern: /\b(?:istanbul|c8|v8|node:coverage)\s+(?:ignore|disable)\b/,
    message: 'code is not hidden from coverage: test it or remove it',
  },
  {
    pattern: /\b(?:describe|it|test|suite)(?:\.\w+)*\.(?:only|skip|todo|skipIf|runIf|fails)\b/,
    message: 'a test runs or says why not: use context.skip(reason) inside the test',
  },
  {
    pattern: /\b(?:xit|xtest|xdescribe|fit|fdescribe)\s*\(/,
    message: 'a test runs or says why not: use context.skip(reason) inside the test',
  },
  {
    pattern: /\bskip\(\s*\)/,
    message: 'skip() needs a reason, so that the test run can print it',
  },
  {
    pattern: /\b(?:oxlint|eslint)-disable(?!.*\s--\s\S)/,
    message: 'a disabled lint rule needs its reason: "-- why"',
  },
];

const checked = ['packages', 'examples', 'bench'].flatMap((folder) => files(folder, /\.[cm]?[jt]s$/));
const problems = checked.flatMap((path) =>
  readFileSync(join(root, path), 'utf8')
    .split('\n')
    .flatMap((line, index) =>
      rules.filter(({ pattern }) => pattern.test(line)).map(({ message }) => `${path}:${index + 1}: ${message}`),
    ),
);
report(problems, `${checked.length} files`);
