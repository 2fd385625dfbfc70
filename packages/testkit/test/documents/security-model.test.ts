import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { describe, test } from 'vitest';

import { readText, root, rowsBelow } from './document.ts';

const text = readText('docs/security-model.md');

/** Where the files of each kind are. */
const folders: Readonly<Record<string, readonly string[]>> = {
  core: ['packages/core/src/*.test.ts'],
  local: ['packages/backend-local/src/*.test.ts', 'packages/backend-local/test/*.test.ts'],
  s3: ['packages/backend-s3/src/*.test.ts'],
  metrics: ['packages/metrics-prometheus/src/*.test.ts'],
  otel: ['packages/otel/src/*.test.ts'],
  rules: ['packages/testkit/src/rules/*.ts'],
};

describe.each(['The storage attacks', 'Callers attack', 'Curious readers'])('%s', (heading) => {
  const rows = rowsBelow(text, heading).map((cells) => ({
    attack: cells[0] ?? '',
    promise: cells.at(-2) ?? '',
    shownBy: cells.at(-1) ?? '',
  }));

  test.each(rows)('there is the test that shows what comes of it: $attack', ({ promise, shownBy }) => {
    const [, kind = '', name = '', title = ''] = /^`(\w+)\/([\w-]+)`: (.+)$/.exec(shownBy) ?? [];
    // A rule has its promise beside its title, a test in front of it.
    const ways =
      kind === 'rules'
        ? [`title: '${title}',\n    guarantee: '${promise}',`]
        : [`'${promise} ${title}'`, `'${promise}: ${title}'`, ...(promise === '–' ? [`'${title}'`] : [])];
    const code = codeOfTests(kind, name);

    assert.ok(
      ways.some((way) => code.includes(way)),
      `there is none: ${shownBy}`,
    );
  });
});

function codeOfTests(kind: string, name: string): string {
  const paths = (folders[kind] ?? []).map((pattern) => pattern.replace('*', name));
  return paths
    .filter((path) => existsSync(join(root, path)))
    .map(readText)
    .join('\n');
}
