import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { generateKey, generateKeyPair } from './generate-key.ts';
import { ed25519 } from './ed25519.ts';
import { hmac } from './hmac.ts';
import { keygen } from './keygen-command.ts';
import { keyringFromEnvironment, verificationKeysFromEnvironment } from './keyring-environment.ts';
import { keyringFromText } from './keyring-text.ts';
import { signPayload, verifyLine } from './signing.ts';

const now = new Date('2026-11-25T23:59:59Z');
const type = 'application/x';
const payload = Buffer.from('statement');

/** The variables of an .env file. */
function variablesOf(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

test('a generated key is 32 bytes that a keyring takes, and never the same', () => {
  const keys = Array.from({ length: 50 }, generateKey);

  for (const key of keys) expect(key).toMatch(/^base64:[A-Za-z0-9+/]{43}=$/);
  expect(keys.every((key) => hmac(key).status === 'active')).toBe(true);
  expect(new Set(keys).size).toBe(50);
});

test('a generated pair signs and verifies', () => {
  const { privateKey, publicKey } = generateKeyPair();

  expect([privateKey, publicKey].every((key) => /^base64:[A-Za-z0-9+/]{43}=$/.test(key))).toBe(true);
  expect(ed25519({ publicKey }).verify(payload, ed25519({ privateKey }).sign(payload))).toBe(true);
});

test('the printed line is one of an .env file, and its id tells the day', async () => {
  const { exitCode, stdout, stderr } = keygen([], now);

  expect(exitCode).toBe(0);
  expect(stdout).toMatch(/^ARTIFACT_SIGNING_KEY=k20261125-[0-9a-f]{4}=base64:[A-Za-z0-9+/]{43}=\n$/);
  expect(stderr.split('\n')).toEqual([
    'Whoever has the key can sign: chmod 600 the file that holds it, and never commit it.',
    'Append to an .env file once: of two lines the last counts, and what the other key signed is not read.',
    'To rotate, put the new key last in every process, where it only verifies: ARTIFACT_SIGNING_KEY=<old>,<new>',
    'Then put it first where it should sign, <new>,<old>, and drop the old one when no record needs it.',
    '',
  ]);
  const { keyId } = await signPayload(keyringFromEnvironment(variablesOf(stdout)), type, payload);
  expect(stdout).toContain(`ARTIFACT_SIGNING_KEY=${keyId}=`);
});

test('two keys of one day have ids of their own, so that neither passes for the other', () => {
  const lines = Array.from({ length: 8 }, () => keygen([], now).stdout);
  const ids = lines.map((line) => line.split('=')[1]);

  // Two of eight may be alike by chance, but not all.
  expect(new Set(ids).size).not.toBe(1);
});

test('of a pair the private line is for writers, the public one is a comment until a reader uses it', async () => {
  const { stdout } = keygen(['--ed25519', '--id', 'release-7'], now);
  const [writing, reading] = [variablesOf(stdout), variablesOf(stdout.replaceAll('# ARTIFACT', 'ARTIFACT'))];

  expect(stdout).toMatch(
    /^# For writers: [^\n]*\nARTIFACT_SIGNING_KEY=release-7=ed25519:base64:[^\n]{44}\n# For readers, [^\n]*\n# ARTIFACT_SIGNING_KEY=release-7=ed25519-public:base64:[^\n]{44}\n$/,
  );
  const { line } = await signPayload(keyringFromEnvironment(writing), type, payload);
  expect(await verifyLine(verificationKeysFromEnvironment(reading), [type], line)).toMatchObject({
    keyId: 'release-7',
  });
});

test('what is printed is a text of keys as it stands', async () => {
  for (const args of [[], ['--ed25519']]) {
    const { stdout } = keygen([...args, '--id', 'k1'], now);
    const keys = keyringFromText(stdout);
    const { line } = await signPayload(keys, type, payload);

    expect(await verifyLine(keys, [type], line)).toMatchObject({ keyId: 'k1' });
  }
});

test('a new key that comes last first, and then to the front, leaves no process without the key it needs', async () => {
  const [older, newer] = ['k1', 'k2'].map(
    (id) => variablesOf(keygen(['--id', id], now).stdout)['ARTIFACT_SIGNING_KEY'] ?? '',
  );
  const steps = [older, `${older},${newer}`, `${newer},${older}`].map((keys) =>
    keyringFromEnvironment({ ARTIFACT_SIGNING_KEY: keys }),
  );
  const signed = await Promise.all(steps.map((keys) => signPayload(keys, type, payload)));

  expect(signed.map(({ keyId }) => keyId)).toEqual(['k1', 'k1', 'k2']);
  // Processes take a step one after another: what one writes is read by those that are a step behind or ahead.
  for (const [step, { keyId, line }] of signed.entries()) {
    for (const keys of steps.slice(Math.max(0, step - 1), step + 2))
      expect(await verifyLine(keys, [type], line)).toMatchObject({ keyId });
  }
});

const unknown = 'unknown argument: only those below are known';
const wrongValue = '--id needs a value, --ed25519 and --help take none';
const wrongId = 'the id is not 1 to 32 characters of [A-Za-z0-9._-]';

const misuses: readonly (readonly [problem: string, ...args: readonly string[]])[] = [
  [unknown, '--rsa'],
  [unknown, 'k1'],
  [unknown, '--', 'k1'],
  [unknown, '--id', 'k1', 'k2'],
  [wrongValue, '--id'],
  [wrongValue, '--id', '--ed25519'],
  [wrongValue, '--ed25519=yes'],
  [wrongValue, '--help=yes'],
  [wrongId, '--id='],
  [wrongId, '--id', 'a b'],
  [wrongId, '--id', 'a=b'],
  [wrongId, '--id', 'a,b'],
  [wrongId, '--id', 'base64:AAAA'],
  [wrongId, '--id', 'k'.repeat(33)],
];

test.each(misuses)('what is wrong is said before the usage, and no argument repeated: %s: %s', (problem, ...args) => {
  const { exitCode, stdout, stderr } = keygen(args, now);

  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toBe(`artifacts-keygen: ${problem}\n\n${keygen(['--help'], now).stdout}`);
});

test('the usage begins with the command', () => {
  expect(keygen(['--help'], now).stdout).toMatch(
    /^Usage: npx --package=@artifacts\/core artifacts-keygen \[--ed25519\] \[--id ID\]\n/,
  );
});

/** The program as it is built and published. */
const program = fileURLToPath(new URL('../dist/keygen.js', import.meta.url));

function runProgram(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('the program prints the key to standard output, the rest to standard error, and says by its exit code how it went', () => {
  const { stdout: usage, stderr: hints } = { ...keygen([], now), stdout: keygen(['--help'], now).stdout };

  expect(runProgram()).toEqual({
    status: 0,
    stdout: expect.stringMatching(/^ARTIFACT_SIGNING_KEY=k\d{8}-[0-9a-f]{4}=base64:[^\n]{44}\n$/) as string,
    stderr: hints,
  });
  expect(runProgram('--ed25519', '--id', 'e1')).toEqual({
    status: 0,
    stdout: expect.stringMatching(/\nARTIFACT_SIGNING_KEY=e1=ed25519:base64:[^\n]{44}\n/) as string,
    stderr: hints,
  });
  expect(runProgram('--help')).toEqual({ status: 0, stdout: usage, stderr: '' });
  expect(runProgram('--rsa')).toEqual({ status: 2, stdout: '', stderr: keygen(['--rsa'], now).stderr });
});
