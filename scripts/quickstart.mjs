import { runProgram } from './lib/workspace.mjs';

await runProgram('examples/quickstart', process.argv.slice(2));
