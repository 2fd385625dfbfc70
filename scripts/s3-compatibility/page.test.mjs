import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readJson, root } from '../lib/workspace.mjs';
import { marker, merged, withResults } from './page.mjs';

const stored = readJson(join(root, 'bench', 'results', 's3-compatibility.json')).servers;
const page = readFileSync(join(root, 'docs', 's3-compatibility.md'), 'utf8');

const measured = {
  name: 'Example 1.0',
  preset: 'garage',
  date: '2026-11-25',
  versions: { node: '20.20.2' },
  capabilities: { createIfAbsent: true, compareAndSwap: false, conditionalDelete: false },
  observations: { '`PUT` over an object, `If-None-Match: *`': '412' },
  rules: { held: 7, denied: 2, notClaimed: 3, broken: [{ title: 'a rule', error: 'Error: `x`' }] },
};

test('the page says what was measured', () => {
  expect(withResults(page, stored)).toBe(page);
});

test('every server has a row and a column, and a service that was measured is no longer listed as not measured', () => {
  const text = withResults(`by hand\n\n${marker}stale`, [measured]);
  expect(text).toBe(`by hand

${marker}
## Measured

| server | create-if-absent | compare-and-swap | conditional delete | rules held | denied honestly | not claimed | broken | measured |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
| Example 1.0 | yes | no | no | 7 | 2 | 3 | 1 | 2026-11-25, node 20.20.2 |

## What they answer

| request | Example 1.0 |
| --- | --- |
| \`PUT\` over an object, \`If-None-Match: *\` | 412 |

## Broken

- Example 1.0: a rule. \`Error: 'x'\`

## Not measured

For these there is a preset, and nothing more is said of them here.

- Amazon S3: preset \`aws\`
- Backblaze B2: preset \`b2\`
- Ceph Object Gateway: preset \`ceph\`
- Cloudflare R2: preset \`r2\`
- SeaweedFS: preset \`seaweedfs\`
- OpenStack Swift's S3 layer: preset \`swift\`
`);
});

test('a server that is measured again replaces what is known of it, and another one is added', () => {
  const again = { ...measured, date: '2026-12-01' };
  const other = { ...measured, name: 'Another 2.0' };
  expect(merged([measured], [again, other])).toEqual([other, again]);
});
