// Turns the pending changesets into versions and changelogs, and records what these versions expose.
import { build, install, publishedFolders, root, run, tool } from './lib/workspace.mjs';

await install();
for (const command of [tool('changeset', 'version'), build()]) {
  const { code } = await run(command, { show: true });
  if (code !== 0) process.exit(code);
}
// What is imported from the registry exists only now.
const { recordReleasedApi } = await import('./lib/released-api.mjs');
await recordReleasedApi(root, publishedFolders());
