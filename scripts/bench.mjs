import { runProgram } from './lib/workspace.mjs';

await runProgram('bench', process.argv.slice(2));
