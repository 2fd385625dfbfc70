import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../lib/workspace.mjs';
import { equivalents } from './equivalents.mjs';
import { names } from './files.mjs';
import { pageOf, pagePath } from './page.mjs';
import { readResults, scoreOf, summaryOf } from './results.mjs';

test('a report comes down to counts, and to what no test saw', () => {
  const source = 'if (a &&\n    b) c();\n';
  const at = (line, column, endLine, endColumn) => ({
    start: { line, column },
    end: { line: endLine, column: endColumn },
  });
  const mutants = [
    { status: 'Killed' },
    { status: 'Killed' },
    { status: 'Timeout' },
    { status: 'RuntimeError' },
    { status: 'Survived', mutatorName: 'LogicalOperator', replacement: 'a\n||   b', location: at(1, 5, 2, 6) },
    { status: 'NoCoverage', mutatorName: 'BlockStatement', replacement: '', location: at(2, 8, 2, 11) },
  ];

  const summary = summaryOf({ files: { 'a.ts': { source, mutants } } }, 'a.ts');

  expect(summary).toEqual({
    killed: 2,
    timeout: 1,
    invalid: 1,
    survivors: [
      { line: 1, mutator: 'LogicalOperator', original: 'a && b', replacement: 'a || b' },
      { line: 2, mutator: 'BlockStatement', original: 'c()', replacement: '' },
    ],
  });
  expect(scoreOf([summary])).toBe(60);
});

test('the page is what was measured, of every source', () => {
  const page = readFileSync(join(root, pagePath), 'utf8');

  expect(pageOf(readResults(), page)).toBe(page);
  expect(Object.keys(readResults()).toSorted()).toEqual(names.toSorted());
});

test('of the mutants of each source 90 of a hundred were seen', () => {
  const scores = Object.entries(readResults()).map(([name, result]) => [name, scoreOf([result])]);

  expect(scores.filter(([, score]) => score < 90)).toEqual([]);
});

test('what is said to be equivalent is what no test saw', () => {
  const survivors = Object.entries(readResults()).flatMap(([source, result]) =>
    result.survivors.map(({ original, replacement }) => JSON.stringify({ source, original, replacement })),
  );
  const known = equivalents.map(({ source, original, replacement }) =>
    JSON.stringify({ source, original, replacement }),
  );

  expect(known.filter((each) => !survivors.includes(each))).toEqual([]);
});
