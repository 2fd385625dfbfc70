// The packed packages, installed in each of the ways that users have, and run by programs outside of the repository.
import { layouts, makeProject, withTarballs } from './lib/consumers.mjs';
import { report } from './lib/workspace.mjs';

const problems = [];
let count = 0;
await withTarballs(async (place) => {
  for (const layout of layouts) {
    const { programs, problemsOf } = await makeProject(place, layout);
    for (const program of programs) problems.push(...(await problemsOf(program)));
    count += programs.length;
  }
});
report(problems, `${count} programs in ${layouts.map(({ name }) => name).join(', ')}`);
