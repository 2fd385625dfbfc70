// A workflow runs what is pinned, with the rights that it needs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { workflowProblems } from './lib/workflows.mjs';
import { files, report, root } from './lib/workspace.mjs';

const workflows = files('.github', /\.ya?ml$/);
const problems = workflows.flatMap((path) => workflowProblems(path, readFileSync(join(root, path), 'utf8')));
if (workflows.length === 0) problems.push('.github/workflows: there is no workflow to check');
report(problems, `${workflows.length} workflows`);
