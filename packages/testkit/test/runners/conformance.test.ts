import { fileURLToPath } from 'node:url';

import { contractRules, storeRules } from '@artifacts/testkit';
import { describe, expect, test } from 'vitest';

import { moduleAt, runProgram } from './run-program.ts';

const program = fileURLToPath(new URL('../../dist/conformance.js', import.meta.url));

// Node 20 has no such member.
const runsTypeScript = Object.entries(process.features).some(([name, has]) => name === 'typescript' && has !== false);

const conformance = (module: string, ...args: readonly string[]) => runProgram([program, moduleAt(module), ...args]);

describe('a backend that keeps every promise', () => {
  test('ends with a summary and success, and one line for each denial', () => {
    const { status, stdout, stderr } = conformance('named.mjs', '--rules', 'contract', '--only', 'delete');

    expect(stdout.split('\n')).toEqual([
      'denying claims createIfAbsent, compareAndSwap',
      'denied   without conditionalDelete a delete with a version is refused as unsupported and deletes nothing',
      expect.stringMatching(/^not run {2}\d+ rules: conditionalDelete not claimed$/),
      'not run  3 rules: otherProcess not offered',
      expect.stringMatching(/^\d+ rules passed, 1 denied honestly, \d+ not applicable$/),
      '',
    ]);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('may be exported by ES modules and CommonJS, as a backend or as a harness', () => {
    for (const module of ['memory.mjs', 'common.cjs']) {
      const { status, stdout } = conformance(module, '--only', 'an empty storage lists nothing');
      expect(stdout).toBe(
        'memory claims createIfAbsent, compareAndSwap, conditionalDelete\n1 rule passed, 0 denied honestly\n',
      );
      expect(status).toBe(0);
    }
  });

  test('may be written in TypeScript where Node runs it, and elsewhere the remedy is named', () => {
    const { status, stdout, stderr } = conformance('typed.ts', '--only', 'an empty storage lists nothing');

    expect({ status, said: (runsTypeScript ? stdout : stderr).split('\n')[runsTypeScript ? 1 : 0] }).toEqual({
      status: runsTypeScript ? 0 : 2,
      said: expect.stringContaining(
        runsTypeScript ? '1 rule passed' : 'take Node 22.18, or set NODE_OPTIONS="--import tsx"',
      ),
    });
  });

  test('is described rule by rule in one JSON document', () => {
    const { status, stdout } = conformance('memory.mjs', '--rules', 'contract', '--json', '--suite', '1.0');

    const document: unknown = JSON.parse(stdout);
    expect(document).toMatchObject({
      version: 1,
      testkit: expect.stringMatching(/^\d+\.\d+\.\d+/),
      suite: '1.0',
      backend: {
        name: 'memory',
        capabilities: { createIfAbsent: true, compareAndSwap: true, conditionalDelete: true },
      },
      counts: { passed: 121, deniedHonestly: 0, broken: 0, warnings: 0, notApplicable: 12 },
      rules: contractRules.map(({ title, guarantee, since = '1.0', denies, needs }) => ({
        title,
        ...(guarantee === undefined ? {} : { guarantee }),
        since,
        outcome: denies === undefined && needs === undefined ? 'held' : 'not applicable',
        durationMs: expect.any(Number),
        ...(denies === undefined ? {} : { reason: `${denies} claimed` }),
        ...(needs === undefined ? {} : { reason: `${needs} not offered` }),
      })),
    });
    expect(status).toBe(0);
  });
});

describe('a backend that breaks a promise', () => {
  const only = ['--only', 'deleting an absent object'];
  const secret = { ACME_TOKEN: 'correct-horse' };

  test('I-23 fails, and the broken rule is told with its error and without secrets', () => {
    const { status, stdout, stderr } = runProgram([program, moduleAt('broken.mjs'), ...only], secret);

    expect(stdout).toBe(
      [
        'memory claims createIfAbsent, compareAndSwap, conditionalDelete',
        'broken   I-16 deleting an absent object is no error, however often',
        '         NOT_FOUND: https://***@acme.test/never?*** with ***',
        '0 rules passed, 0 denied honestly, 1 broken',
        '',
      ].join('\n'),
    );
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  });

  test('I-23 fails in the JSON document, too', () => {
    const { status, stdout } = runProgram([program, moduleAt('broken.mjs'), '--json', ...only], secret);

    expect(JSON.parse(stdout)).toMatchObject({
      counts: { passed: 0, broken: 1 },
      rules: [{ outcome: 'broken', error: 'NOT_FOUND: https://***@acme.test/never?*** with ***' }],
    });
    expect(stdout).not.toMatch(/horse|sig=|user:/);
    expect(status).toBe(1);
  });

  test('fails with an error that nobody handles, and the rules after it are run', () => {
    const { status, stdout } = conformance('stray.mjs', '--only', 'backend');

    expect(stdout).toContain(
      'broken   a backend may be closed more than once\n         Error: nobody handles Error: the connection was lost\n',
    );
    expect(stdout).toMatch(/\d+ broken(?:, \d+ not applicable)?\n$/);
    expect(status).toBe(1);
  });
});

describe('what keeps the rules from being run', () => {
  test.each([
    ['absent.mjs', [], /there is no file \S*absent\.mjs: give the path of a module/],
    ['nothing.mjs', [], /has no default export that is a function: export a function that gives a Harness/],
    ['wrong.mjs', [], /gives neither a Harness nor an ArtifactBackend: export a function/],
    ['throwing.mjs', [], /the module cannot be loaded: Error: no such client/],
    ['unreachable.mjs', [], /the backend cannot be tested: Error: connect ECONNREFUSED/],
    ['used.mjs', [], /the storage is not empty, it has "precious": give every call a fresh one of its own/],
    ['memory.mjs', ['--only', 'no such rule'], /no rule has this text in its title/],
    ['memory.mjs', ['--rules', 'some'], /--rules is contract, store or all/],
    ['memory.mjs', ['--suite', 'new'], /a suite is a minor version of the testkit, such as 1\.0/],
    ['memory.mjs', ['--quick'], /Unknown option '--quick'/],
    ['memory.mjs', ['another.mjs'], /give one module, such as \.\/my-backend\.js/],
  ] as const)('%s %s is a typed refusal that names the remedy', (module, args, message) => {
    const { status, stdout, stderr } = conformance(module, ...args);

    expect(stderr).toMatch(/^artifacts-conformance: INVALID_ARGUMENT: /);
    expect(stderr).toMatch(message);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  });

  test('the usage is shown on demand', () => {
    const { status, stdout } = runProgram([program, '--help']);

    expect(stdout).toMatch(/^Usage: artifacts-conformance MODULE \[--rules contract\|store\|all\]/);
    expect(status).toBe(0);
  });
});

test('the rules of the contract and of the store together have titles of their own', () => {
  const titles = [...contractRules, ...storeRules].map(({ title }) => title);

  expect(new Set(titles).size).toBe(titles.length);
});
