import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = fileURLToPath(new URL('../../../../', import.meta.url));

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

/** The block of code that stands below the name of its file. */
export function codeOf(document: string, file: string): string {
  const [, after] = document.split(`\n\`${file}\`:\n\n`);
  const code = after?.match(/^```\w+\n(.*?)^```$/ms)?.[1];
  assert.ok(code !== undefined, `the document shows no ${file}`);
  return code;
}

/** The cells of the tables below a heading, up to the next one of any level, without the rows of their heads. */
export function rowsBelow(document: string, heading: string): string[][] {
  const [, after = ''] = document.split(new RegExp(`^#+ ${heading}$`, 'm'));
  const [section = ''] = after.split(/^#/m);
  const tables = section.split(/\n(?!\|)/).map((table) => table.split('\n').filter((line) => line.startsWith('|')));
  const rows = tables.flatMap((table) => table.slice(2));
  assert.ok(rows.length > 0, `the document has no table below "${heading}"`);
  return rows.map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}
