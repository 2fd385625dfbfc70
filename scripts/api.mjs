import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, install, publishedFolders, root, run } from './lib/workspace.mjs';

await install();
const { code } = await run(build(), { show: true });
if (code !== 0) process.exit(code);
// What is imported from the registry exists only now.
const { apiText } = await import('./lib/api.mjs');
const { apiFile } = await import('./lib/released-api.mjs');
for (const folder of publishedFolders()) {
  writeFileSync(join(root, folder, apiFile), await apiText(join(root, folder)));
  console.log(`${folder}/${apiFile}`);
}
