import { build, install, run } from './lib/workspace.mjs';

await install();
process.exitCode = (await run(build(), { show: true })).code;
