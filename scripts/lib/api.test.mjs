import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apiText } from './api.mjs';

describe('the API text of a package', () => {
  let folder;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'api-'));
    write('package.json', JSON.stringify({ name: '@x/box', exports: { '.': { types: './dist/index.d.ts' } } }));
    write('dist/index.d.ts', `export { open, type Box } from './box.ts';\n//# sourceMappingURL=index.d.ts.map`);
    write(
      'dist/box.d.ts',
      `import type { Lid } from './lid.ts';
      import type { Paper } from '@x/paper';
      /** A box. */
      export interface Box { readonly lid: Lid; /* inner */ readonly paper: Paper }
      export declare function open(size: Size): Box;
      type Size = 1 | 2;
      export declare function unused(): Hidden;
      interface Hidden { secret: string }`,
    );
    write('dist/lid.d.ts', `export interface Lid { weight: number }\nexport interface Other { n: 1 }`);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(path, text) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }

  it('names every export, and holds the declarations that they reach and no others', async () => {
    expect(await apiText(folder)).toBe(`// @x/box
export type { Box } from './box.ts';
export { open } from './box.ts';

// ./box.ts
import type { Paper } from '@x/paper';
export interface Box {
  readonly lid: Lid;
  readonly paper: Paper;
}
export declare function open(size: Size): Box;
type Size = 1 | 2;

// ./lid.ts
export interface Lid {
  weight: number;
}
`);
  });

  it('is the same whatever comments, maps and unreached declarations say', async () => {
    const before = await apiText(folder);
    write('dist/index.d.ts', `/* new */ export { type Box, open } from './box.ts';`);
    write('dist/lid.d.ts', `/** Heavy. */\nexport interface Lid {\n  // in grams\n  weight: number }`);
    expect(await apiText(folder)).toBe(before);
  });

  it.each([
    ['an internal declaration that an export reaches', 'dist/lid.d.ts', 'export interface Lid { weight: bigint }'],
    [
      'the exports',
      'dist/index.d.ts',
      `export { open, type Box } from './box.ts';\nexport { type Lid } from './lid.ts';`,
    ],
    ['a type instead of a value', 'dist/index.d.ts', `export type { open, Box } from './box.ts';`],
    ['another name', 'dist/index.d.ts', `export { open as openBox, type Box } from './box.ts';`],
  ])('differs when %s differs', async (_what, path, text) => {
    const before = await apiText(folder);
    write(path, text);
    expect(await apiText(folder)).not.toBe(before);
  });

  it('has every overload, and follows types that the compiler imports in place', async () => {
    write(
      'dist/index.d.ts',
      `export declare function open(a: string): void;
      export declare function open(a: number): import('./lid.ts').Lid;`,
    );
    expect(await apiText(folder)).toBe(`// @x/box
export { open } from './index.ts';

// ./index.ts
export declare function open(a: string): void;
export declare function open(a: number): import('./lid.ts').Lid;

// ./lid.ts
export interface Lid {
  weight: number;
}
`);
  });

  it.each([`export * from './lid.ts';`, 'declare global { interface Array<T> { box: T } }', 'export default 1;'])(
    'is refused, not shortened, for %s',
    async (text) => {
      write('dist/index.d.ts', text);
      await expect(apiText(folder)).rejects.toThrow('is not known to the API text');
    },
  );
});
