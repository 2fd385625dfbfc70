import { randomBytes } from 'node:crypto';
import { s3Backend } from '@artifacts/backend-s3';
import { contractRules, runRule, storeRules } from '@artifacts/testkit';
import { observe } from './observe.mjs';

/** A race that is lost now and then is won in most runs, so what is about concurrency is run again. */
const aboutRaces = new Set(['I-13', 'I-14', 'I-15']);
const rounds = 10;

/**
 * @typedef {object} Measured A server, and what was seen of it.
 * @property {string} name
 * @property {string} [preset] Of which service it is, where that was said.
 * @property {string} date
 * @property {Record<string, string>} versions Of what measured it.
 * @property {{ createIfAbsent: boolean, compareAndSwap: boolean, conditionalDelete: boolean }} capabilities
 * @property {Record<string, string>} observations
 * @property {{ held: number, denied: number, notClaimed: number, broken: { title: string, error: string }[] }} rules
 */

/**
 * Probes a server, which must have its bucket, and runs every rule of the contract and of the store on it.
 *
 * @returns {Promise<Measured>}
 */
export async function measure(server, { name, preset, versions }) {
  const open = (prefix) => backendOn(server, preset, prefix);
  const backend = open(freshPrefix());
  try {
    const { createIfAbsent, compareAndSwap, conditionalDelete } = await backend.capabilities();
    return {
      name,
      ...(preset !== undefined && { preset }),
      date: new Date().toISOString().slice(0, 10),
      versions,
      capabilities: { createIfAbsent, compareAndSwap, conditionalDelete },
      observations: await observe(server),
      rules: conformance(await runAll(() => harness(open)), server),
    };
  } finally {
    await backend.close();
  }
}

function backendOn({ bucket, endpoint, region, accessKeyId, secretAccessKey }, preset, prefix) {
  const credentials = { accessKeyId, secretAccessKey };
  return s3Backend({ bucket, prefix, preset, endpoint, region, credentials, allowInsecureEndpoint: true });
}

async function runAll(factory) {
  const results = [];
  for (const rule of [...contractRules, ...storeRules]) {
    let result = await runRule(rule, factory);
    for (let round = 1; round < rounds && result.outcome === 'held' && aboutRaces.has(rule.guarantee); round += 1)
      result = await runRule(rule, factory);
    results.push(result);
  }
  return results;
}

/** Storage for one rule. */
function harness(open) {
  const prefix = freshPrefix();
  const opened = [];
  const openOne = () => {
    opened.push(open(prefix));
    return opened.at(-1);
  };
  return {
    maxKeyBytes: 1024 - prefix.length,
    open: openOne,
    dispose: async () => {
      const all = openOne();
      for await (const { key } of all.list({ prefix: '' })) await all.delete(key);
      await Promise.all(opened.map((backend) => backend.close()));
    },
  };
}

function freshPrefix() {
  return `compatibility/${randomBytes(8).toString('hex')}/`;
}

/** A claim is tested by the rules that need it, and what is not claimed by those that see it refused. */
function conformance(results, { endpoint }) {
  const of = (outcome) => results.filter((result) => result.outcome === outcome);
  const host = new URL(endpoint).host;
  const denials = of('held').filter(({ rule }) => rule.denies !== undefined).length;
  return {
    held: of('held').length - denials,
    denied: denials,
    notClaimed: of('not applicable').filter(({ rule }) => rule.requires !== undefined).length,
    // A server's address is its owner's business.
    broken: of('broken').map(({ rule, error }) => ({
      title: rule.title,
      error: String(error).split('\n')[0].replaceAll(host, '<server>'),
    })),
  };
}
