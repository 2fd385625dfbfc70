// The packed packages, installed in each of the ways that users have, and run by programs outside of the repository. Those that need
// other packages cannot be installed without a network, and are run in the workspace.
import { layouts, makeProject, withTarballs, workspace } from './lib/consumers.mjs';
import { report } from './lib/workspace.mjs';

const problems = [];
let count = 0;
await withTarballs(async (place) => {
  for (const layout of layouts) await tryAll(await makeProject(place, layout));
});
await tryAll(workspace);
report(problems, `${count} programs in ${layouts.map(({ name }) => name).join(', ')} and the workspace`);

async function tryAll({ programs, problemsOf }) {
  for (const program of programs) problems.push(...(await problemsOf(program)));
  count += programs.length;
}
