import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { generateKey, generateKeyPair } from './generate-key.ts';
import { keyringFromEnvironment, verificationKeysFromEnvironment } from './keyring-environment.ts';
import { keyringFromText } from './keyring-text.ts';
import { signPayload, verifyLine } from './signing.ts';
import { refusalOf } from './store.test-helper.ts';

const folder = mkdtempSync(join(tmpdir(), 'artifacts-keys-'));
afterAll(() => rmSync(folder, { recursive: true }));

const key = generateKey();
const pair = generateKeyPair();
const type = 'application/x';
const { line } = await signPayload(keyringFromText(`k1=${key}`), type, Buffer.from('statement'));
const both = [keyringFromEnvironment, verificationKeysFromEnvironment] as const;

function fileOf(name: string, text: string, mode = 0o600): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

test('the keys are those of ARTIFACT_SIGNING_KEY, or of the file that ARTIFACT_SIGNING_KEY_FILE names', async () => {
  const file = fileOf('good', `# of this year\nk1=${key}\nk0=revoked\n`);
  for (const env of [
    { ARTIFACT_SIGNING_KEY: `k1=${key}` },
    { ARTIFACT_SIGNING_KEY: `k1=${key}`, ARTIFACT_SIGNING_KEY_FILE: '' },
    { ARTIFACT_SIGNING_KEY: `ARTIFACT_SIGNING_KEY=k1=${key}` },
    { ARTIFACT_SIGNING_KEY_FILE: file },
    { ARTIFACT_SIGNING_KEY_FILE: fileOf('as printed', `ARTIFACT_SIGNING_KEY=k1=${key}\n`) },
    { ARTIFACT_SIGNING_KEY: '', ARTIFACT_SIGNING_KEY_FILE: file },
  ]) {
    expect((await signPayload(keyringFromEnvironment(env), type, Buffer.from('statement'))).line).toEqual(line);
    for (const read of both) expect(await verifyLine(read(env), [type], line)).toMatchObject({ keyId: 'k1' });
  }
});

test('the environment is that of the process unless another is given', async () => {
  process.env['ARTIFACT_SIGNING_KEY'] = `k1=${key}`;
  try {
    for (const read of both) expect(await verifyLine(read(), [type], line)).toMatchObject({ keyId: 'k1' });
  } finally {
    delete process.env['ARTIFACT_SIGNING_KEY'];
  }
});

test('a reader needs a public key only, a writer more', async () => {
  const env = { ARTIFACT_SIGNING_KEY: `e1=ed25519-public:${pair.publicKey}` };

  expect(await verificationKeysFromEnvironment(env).find('e1')).toMatchObject({ keyid: 'e1', revoked: false });
  expect(refusalOf(() => keyringFromEnvironment(env))).toMatchObject({
    code: 'CONFIGURATION',
    field: 'ARTIFACT_SIGNING_KEY',
    message: 'ARTIFACT_SIGNING_KEY: the first key signs, but key "e1" is verify-only: put one that may sign first',
  });
});

test('I-4 no variable, or both, is refused', () => {
  for (const read of both) {
    for (const env of [{}, { ARTIFACT_SIGNING_KEY: '' }, { ARTIFACT_SIGNING_KEY_FILE: '' }]) {
      expect(refusalOf(() => read(env))).toMatchObject({
        code: 'CONFIGURATION',
        field: 'ARTIFACT_SIGNING_KEY',
        message:
          'neither ARTIFACT_SIGNING_KEY nor ARTIFACT_SIGNING_KEY_FILE is set; make a key with: npx --package=@artifacts/core artifacts-keygen',
      });
    }
    expect(
      refusalOf(() => read({ ARTIFACT_SIGNING_KEY: `k1=${key}`, ARTIFACT_SIGNING_KEY_FILE: fileOf('x', `k1=${key}`) })),
    ).toMatchObject({
      code: 'CONFIGURATION',
      field: 'ARTIFACT_SIGNING_KEY',
      message: 'ARTIFACT_SIGNING_KEY and ARTIFACT_SIGNING_KEY_FILE are both set: keep one',
    });
  }
});

test('I-4 what is wrong with a text is told of the variable it came from', () => {
  const file = fileOf('wrong', 'k1=hex:00');

  expect(refusalOf(() => keyringFromEnvironment({ ARTIFACT_SIGNING_KEY: 'k1=hex:00' }))).toMatchObject({
    code: 'CONFIGURATION',
    field: 'ARTIFACT_SIGNING_KEY',
    message:
      'ARTIFACT_SIGNING_KEY: key "k1": a signing key needs at least 32 bytes, this one has 1; make one with: npx --package=@artifacts/core artifacts-keygen',
  });
  expect(refusalOf(() => keyringFromEnvironment({ ARTIFACT_SIGNING_KEY_FILE: file }))).toMatchObject({
    code: 'CONFIGURATION',
    field: 'ARTIFACT_SIGNING_KEY_FILE',
    message: expect.stringMatching(/^ARTIFACT_SIGNING_KEY_FILE: key "k1": /) as string,
  });
});

test('I-4 a file that every user may read is refused, with the command that mends it', () => {
  for (const mode of [0o604, 0o644, 0o444]) {
    const path = fileOf(`open to all, ${mode.toString(8)}`, `k1=${key}`, mode);

    const error = refusalOf(() => keyringFromEnvironment({ ARTIFACT_SIGNING_KEY_FILE: path }));

    expect(error).toMatchObject({
      code: 'CONFIGURATION',
      field: 'ARTIFACT_SIGNING_KEY_FILE',
      message: `ARTIFACT_SIGNING_KEY_FILE: every user of this machine may read the file: chmod o-r "${path}", or mount the secret with mode 0440`,
    });
    execFileSync('sh', ['-c', /chmod o-r "[^"]*"/.exec(error.message)?.[0] ?? '']);
    expect(keyringFromEnvironment({ ARTIFACT_SIGNING_KEY_FILE: path }).find('k1')).toMatchObject({ keyid: 'k1' });
  }
});

test('I-4 a file that every user may write is refused, whatever it holds', () => {
  const { publicKey } = generateKeyPair();
  for (const [mode, text] of [
    [0o622, `k1=${key}`],
    [0o777, `k1=${key}`],
    [0o666, `k1=ed25519-public:${publicKey}`],
  ] as const) {
    const path = fileOf(`written by all, ${mode.toString(8)}`, text, mode);
    expect(refusalOf(() => verificationKeysFromEnvironment({ ARTIFACT_SIGNING_KEY_FILE: path }))).toMatchObject({
      code: 'CONFIGURATION',
      message: `ARTIFACT_SIGNING_KEY_FILE: every user of this machine may write the file, and so add a key: chmod o-w "${path}"`,
    });
  }
});

test('a file of public keys alone may be read by every user', () => {
  const { publicKey } = generateKeyPair();
  const path = fileOf('public', `# of the publisher\nk2=ed25519-public:${publicKey},k1=revoked\n`, 0o644);

  expect(verificationKeysFromEnvironment({ ARTIFACT_SIGNING_KEY_FILE: path }).find('k2')).toMatchObject({
    keyid: 'k2',
  });
});

test('a file that its group may read is taken, also through a link', () => {
  const path = fileOf('shared', `k1=${key}`, 0o440);
  const link = join(folder, 'link');
  symlinkSync(path, link);

  for (const file of [path, link])
    expect(keyringFromEnvironment({ ARTIFACT_SIGNING_KEY_FILE: file }).find('k1')).toMatchObject({ keyid: 'k1' });
});

test('I-4 what is no file of keys is refused at once', () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', ['-m', '600', pipe]);
  mkdirSync(join(folder, 'directory'));
  const large = fileOf('large', '');
  truncateSync(large, 64 * 1024 + 1);
  const problems = {
    [join(folder, 'absent')]:
      'no file can be read there (ENOENT): give the path of one; make a key with: npx --package=@artifacts/core artifacts-keygen',
    [join(folder, 'good', 'in a file')]: 'no file can be read there (ENOTDIR)',
    ['\0']: 'no file can be read there (ERR_INVALID_ARG_VALUE)',
    [`k1=${key}`]: 'no file can be read there (ENOENT)',
    [pipe]: 'there is no regular file of at most 65536 bytes there',
    [join(folder, 'directory')]: 'there is no regular file of at most 65536 bytes there',
    [large]: 'there is no regular file of at most 65536 bytes there',
    [fileOf('empty', '')]: 'there is no key: write "k1=base64:..."',
  };

  for (const [path, problem] of Object.entries(problems)) {
    const error = refusalOf(() => keyringFromEnvironment({ ARTIFACT_SIGNING_KEY_FILE: path }));
    expect(error).toMatchObject({ code: 'CONFIGURATION', field: 'ARTIFACT_SIGNING_KEY_FILE' });
    expect(error.message).toContain(`ARTIFACT_SIGNING_KEY_FILE: ${problem}`);
  }
});
