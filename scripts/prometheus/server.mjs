import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { freePort } from '../s3/ports.mjs';

const host = '127.0.0.1';

/** Why there is no Prometheus here, if there is none. */
export function prometheusUnavailable() {
  const missing = ['prometheus', 'promtool'].filter((program) => spawnSync(program, ['--version']).status !== 0);
  return missing.length === 0 ? undefined : `${missing.join(' and ')} not installed`;
}

/**
 * @typedef {object} Prometheus
 * @property {string} config The file of its configuration.
 * @property {(path: string, parameters?: Record<string, string | number>) => Promise<any>} api Asks `/api/v1` and gives the data.
 * @property {() => Promise<void>} stop
 */

/**
 * Starts a Prometheus that scrapes programs on this machine.
 *
 * @param {{ folder: string, ports: number[], rules: string, everyMs: number }} options An empty folder, the ports of the programs, a
 * file of rules, and how often it scrapes.
 * @returns {Promise<Prometheus>}
 */
export async function startPrometheus({ folder, ports, rules, everyMs }) {
  const config = join(folder, 'prometheus.yml');
  const targets = ports.map((port) => `'${host}:${port}'`).join(', ');
  writeFileSync(
    config,
    [
      `global: { scrape_interval: ${everyMs}ms, scrape_timeout: ${everyMs}ms, evaluation_interval: ${everyMs}ms }`,
      `rule_files: ['${rules}']`,
      `scrape_configs: [{ job_name: artifacts, static_configs: [{ targets: [${targets}] }] }]`,
      '',
    ].join('\n'),
  );
  const port = await freePort();
  const address = `${host}:${port}`;
  const flags = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=${address}`,
    '--enable-feature=exemplar-storage',
    '--log.level=warn',
  ];
  const child = spawn('prometheus', flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  const end = () => child.kill('SIGKILL');
  process.once('exit', end);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill();
    await ended;
    process.off('exit', end);
  };
  while (!(await isReady(address))) {
    if (child.exitCode !== null) throw new Error(`prometheus ended:\n${said}`);
    await wait(50);
  }
  const api = async (path, parameters = {}) => {
    const response = await fetch(`http://${address}/api/v1/${path}?${new URLSearchParams(parameters)}`);
    const { status, data, error } = await response.json();
    if (status !== 'success') throw new Error(`${path} ${JSON.stringify(parameters)}: ${error}`);
    return data;
  };
  return { config, api, stop };
}

async function isReady(address) {
  try {
    return (await fetch(`http://${address}/-/ready`)).ok;
  } catch {
    return false;
  }
}
