import { parseArgs } from 'node:util';

import { ArtifactError, isArtifactError } from '@artifacts/core';

import { contractRules } from '../contract-rules.ts';
import { type Rule, ruleTitle } from '../rule.ts';
import { storeRules } from '../store-rules.ts';
import { checkSuite, type SuiteVersion } from '../suite.ts';

export const usage = `Usage: artifacts-conformance MODULE [--rules contract|store|all] [--only TEXT] [--suite VERSION] [--json]

Runs the rules of @artifacts/testkit against a backend, each on a fresh and empty storage. The default export of MODULE
is a function that gives a Harness, or an ArtifactBackend on a storage of its own:

  export default () => myBackend({ folder: mkdtempSync(join(tmpdir(), 'conformance-')) });

  --rules     the promises of a backend, those of a store on top of it, or all, which is the default
  --only      only rules with this text in their title
  --suite     the minor version of the testkit that the backend was published against, such as 1.0
  --json      one JSON document instead of the report
  --help      this text

Ends with 0 when no rule is broken, with 1 when one is, and with 2 when the rules could not be run.
`;

export interface ConformanceOptions {
  readonly module: string;
  readonly rules: readonly Rule[];
  readonly suite: SuiteVersion | undefined;
  readonly json: boolean;
}

/** What the arguments ask for, or `undefined` for the usage. @throws `INVALID_ARGUMENT` */
export function optionsOf(args: readonly string[]): ConformanceOptions | undefined {
  const { values, positionals } = parsed(args);
  if (values.help === true) return undefined;
  const [module, ...more] = positionals;
  if (module === undefined || more.length > 0) throw misuse('module', 'give one module, such as ./my-backend.js');
  const { suite, only = '' } = values;
  checkSuite(suite);
  const wanted = only.toLowerCase();
  const rules = rulesNamed(values.rules ?? 'all').filter((rule) => ruleTitle(rule).toLowerCase().includes(wanted));
  if (rules.length === 0) throw misuse('only', 'no rule has this text in its title');
  return { module, rules, suite, json: values.json ?? false };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        rules: { type: 'string' },
        only: { type: 'string' },
        suite: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw misuse('arguments', error instanceof Error ? error.message : 'they cannot be parsed', error);
  }
}

function rulesNamed(name: string): readonly Rule[] {
  if (name === 'contract') return contractRules;
  if (name === 'store') return storeRules;
  if (name === 'all') return [...contractRules, ...storeRules];
  throw misuse('rules', '--rules is contract, store or all');
}

/** What keeps the rules from being run, and what to do about it. */
export function misuse(field: string, problem: string, cause?: unknown): ArtifactError {
  return new ArtifactError('INVALID_ARGUMENT', problem, { field, ...(cause === undefined ? {} : { cause }) });
}

export function isMisuse(error: unknown): boolean {
  return isArtifactError(error, 'INVALID_ARGUMENT') && error.field === 'module';
}
