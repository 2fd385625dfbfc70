import { install, run, tool } from './lib/workspace.mjs';

await install();
process.exitCode = (await run(tool('oxfmt', '--write', '.'), { show: true })).code;
