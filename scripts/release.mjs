// Publishes every version that the registry does not have. Meant for the release workflow, which alone can sign provenance.
import { build, install, pnpm, run } from './lib/workspace.mjs';

await install();
const steps = [
  { command: [process.execPath, 'scripts/check-release.mjs'] },
  { command: build() },
  // changesets looks for pnpm on the PATH, and only pnpm puts it there.
  { command: pnpm('exec', 'changeset', 'publish'), env: { NPM_CONFIG_PROVENANCE: 'true' } },
];
for (const { command, env } of steps) {
  const { code } = await run(command, { show: true, env });
  if (code !== 0) process.exit(code);
}
