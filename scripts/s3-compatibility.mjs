// What S3 servers can do: probes them, runs every rule on them, and writes docs/s3-compatibility.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { folderOfPassingServers } from './lib/passing-servers.mjs';
import { build, install, readJson, root, run } from './lib/workspace.mjs';
import { ensureBucket } from './s3/ensure-bucket.mjs';
import { startServer, stopServer } from './s3/server.mjs';
import { suites } from './s3/suites.mjs';
import { merged, withResults } from './s3-compatibility/page.mjs';

const usage = `usage: npm run s3:compatibility                         the servers that can be started here
       npm run s3:compatibility -- --endpoint URL [--name NAME] [--preset PRESET]
       npm run s3:compatibility -- --page                the page alone, from what was measured before

The keys of an endpoint are in ARTIFACTS_TEST_S3_ACCESS_KEY_ID and _SECRET_ACCESS_KEY, its region and bucket in _REGION and
_BUCKET. What is in the bucket may be lost. A server of a name that is there replaces it.`;

const resultsPath = join(root, 'bench', 'results', 's3-compatibility.json');
const pagePath = join(root, 'docs', 's3-compatibility.md');
const options = {
  endpoint: { type: 'string' },
  name: { type: 'string' },
  preset: { type: 'string' },
  page: { type: 'boolean' },
};

// The SDK still supports Node 20, and says for how long on every run.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED = 'true';

try {
  const { values } = parseArgs({ options });
  if (values.name !== undefined && !isName(values.name))
    throw new Error('a name is up to 60 letters, digits and ".+-_()/ "');
  const measured = values.page === true ? [] : await measureAll(values);
  const before = existsSync(resultsPath) ? readJson(resultsPath).servers : [];
  const servers = merged(before, measured);
  writeFileSync(resultsPath, `${JSON.stringify({ servers }, null, 2)}\n`);
  writeFileSync(pagePath, withResults(readFileSync(pagePath, 'utf8'), servers));
} catch (error) {
  console.error(error.code?.startsWith('ERR_PARSE_ARGS') ? `${error.message}\n${usage}` : error.message);
  process.exitCode = 1;
}

async function measureAll({ endpoint, name, preset }) {
  await install();
  const built = await run(build('@artifacts/backend-s3', '@artifacts/testkit'));
  if (built.code !== 0) throw new Error(built.output);
  const { s3TestServers } = await import('@artifacts/testkit/s3-servers');
  const env = { ...process.env, ...(endpoint !== undefined && { ARTIFACTS_TEST_S3_ENDPOINT: endpoint }) };
  const [given] = s3TestServers(env);
  if (given === undefined) return measureStarted();
  await ensureBucket(given);
  return [await measureOne(given, { name: name ?? (await nameOf(given)), preset })];
}

/** One after the other, so that none is slow because of another. */
async function measureStarted() {
  const reasons = Object.fromEntries(Object.entries(suites).map(([suite, { missing }]) => [suite, missing()]));
  const available = Object.keys(suites).filter((suite) => reasons[suite] === undefined);
  for (const [suite, reason] of Object.entries(reasons))
    if (reason !== undefined) console.log(`SKIPPED ${suite}: ${reason}`);
  if (available.length === 0) throw new Error(`no server can run here; give one\n${usage}`);
  const folder = folderOfPassingServers();
  const measured = [];
  for (const suite of available) {
    const server = await startServer({ suite, folder: join(folder, suite), mortal: true });
    const name = server.name.replace(/^ceph/, 'Ceph Object Gateway');
    measured.push(await measureOne(server, { name, preset: 'ceph' }));
    stopServer(server.folder);
  }
  return measured;
}

async function measureOne(server, { name, preset }) {
  console.log(`measuring ${name}`);
  const { measure } = await import('./s3-compatibility/measure.mjs');
  const result = await measure(server, { name, preset, versions: versionsHere() });
  const { held, denied, notClaimed, broken } = result.rules;
  console.log(
    `${name}: ${held} rules held, ${denied} denied honestly, ${notClaimed} not claimed, ${broken.length} broken`,
  );
  for (const { title, error } of broken) console.log(`  broken: ${title}: ${error}`);
  if (broken.length > 0) process.exitCode = 1;
  return result;
}

/** What a server says that it is; servers that say nothing share a name. */
async function nameOf({ endpoint }) {
  const response = await fetch(endpoint, { redirect: 'manual' });
  await response.arrayBuffer();
  const said = response.headers.get('server') ?? '';
  return isName(said) ? said : 'a server that says no name';
}

function isName(text) {
  return /^[\w .+()/-]{1,60}$/.test(text);
}

function versionsHere() {
  const backend = createRequire(join(root, 'packages', 'backend-s3', 'package.json'));
  const sdk = readJson(backend.resolve('@aws-sdk/client-s3/package.json')).version;
  return { node: process.versions.node, '@aws-sdk/client-s3': sdk };
}
