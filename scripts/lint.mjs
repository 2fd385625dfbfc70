import { install, run, tool } from './lib/workspace.mjs';

await install();
const lint = await run(tool('oxlint'), { show: true });
const sources = await run([process.execPath, 'scripts/check-sources.mjs'], { show: true });
process.exitCode = lint.code || sources.code;
