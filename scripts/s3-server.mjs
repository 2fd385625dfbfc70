// Real S3 servers for the tests, on loopback and in memory.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startServer, stopServer } from './s3/server.mjs';
import { suites } from './s3/suites.mjs';
import { variablesOf } from './s3/variables.mjs';

const usage = `usage: s3-server start [--suite ${Object.keys(suites).join('|')}] [--port N] [--dir DIR]
       s3-server stop DIR`;

const options = { suite: { type: 'string' }, port: { type: 'string' }, dir: { type: 'string' } };
try {
  const { positionals, values } = parseArgs({ allowPositionals: true, options });
  const [action, folder, ...rest] = positionals;
  if (action === 'start' && folder === undefined) await start(values);
  else if (action === 'stop' && folder !== undefined && rest.length === 0) stopServer(from(folder));
  else throw new Error(usage);
} catch (error) {
  console.error(error.code?.startsWith('ERR_PARSE_ARGS') ? `${error.message}\n${usage}` : error.message);
  process.exitCode = 1;
}

async function start({ suite = 'host', port, dir }) {
  if (!Object.hasOwn(suites, suite)) throw new Error(`there is no suite "${suite}"\n${usage}`);
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && Number(port) >= 1 && Number(port) <= 65_535))
    throw new Error(`"${port}" is no port: give a number from 1 to 65535`);
  const server = await startServer({ suite, folder: dir && from(dir), port: port && Number(port) });
  for (const [name, value] of Object.entries(variablesOf(server))) console.log(`${name}=${value}`);
  console.error(`${server.name} runs until: npm run s3 -- stop ${server.folder}`);
}

/** Relative paths mean what they meant where the user typed them. */
function from(path) {
  return resolve(process.env.INIT_CWD ?? process.cwd(), path);
}
