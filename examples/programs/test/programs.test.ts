import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

const folder = (name: string): string => fileURLToPath(new URL(`../${name}/`, import.meta.url));
const programs = readdirSync(folder('src')).map((name) => name.replace(/ts$/, 'js'));

describe('the example programs', () => {
  it.each(programs)('%s ends well, with every assertion of its own', async (program) => {
    const child = spawn(process.execPath, [folder('dist') + program], { stdio: ['ignore', 'ignore', 'inherit'] });
    const [code] = await once(child, 'exit');
    expect(code).toBe(0);
  });
});
