// Compiles every workspace package with its tests, on sources: no build is needed first.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { report, root, run, tool, workspaceFolders } from './lib/workspace.mjs';

const folders = workspaceFolders().filter((folder) => existsSync(join(root, folder, 'tsconfig.json')));
const problems = [];
for (const folder of folders) {
  const { code, output } = await run(tool('tsc', '-p', folder, '--noEmit', '--pretty', 'false'));
  if (code !== 0) problems.push(output.trimEnd());
}
report(problems, `${folders.length} projects`);
