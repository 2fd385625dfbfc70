import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';

import { generateKey, generateKeyPair } from './generate-key.ts';
import { makeKey } from './key-material.ts';
import { textVariable } from './keyring-text.ts';

/** What a command writes, and how it ends. */
export interface CommandResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

const idRule = '1 to 32 characters of [A-Za-z0-9._-]';

const usage = `Usage: ${makeKey} [--ed25519] [--id ID]

Makes a signing key and writes it to standard output as a line for an .env file:

  ${makeKey} >> .env

  --ed25519   an Ed25519 pair, whose public key lets others verify; otherwise an HMAC-SHA256 secret
  --id ID     the id of the key, ${idRule}; otherwise today's date (UTC) and four
              random digits, as in k20261125-3f9a
  --help      this text
`;

const hints = `Whoever has the key can sign: chmod 600 the file that holds it, and never commit it.
Append to an .env file once: of two lines the last counts, and what the other key signed is not read.
To rotate, put the new key last in every process, where it only verifies: ARTIFACT_SIGNING_KEY=<old>,<new>
Then put it first where it should sign, <new>,<old>, and drop the old one when no record needs it.
`;

/** The command `artifacts-keygen`, given the arguments behind its name and the time. */
export function keygen(args: readonly string[], now: Date): CommandResult {
  const options = optionsOf(args);
  if (typeof options === 'string') return misuse(options);
  const { ed25519 = false, help = false, id = idOf(now) } = options;
  if (help) return { exitCode: 0, stdout: usage, stderr: '' };
  if (!/^[A-Za-z0-9._-]{1,32}$/.test(id)) return misuse(`the id is not ${idRule}`);
  return { exitCode: 0, stdout: ed25519 ? linesOfPair(id) : lineOf(id, generateKey()), stderr: hints };
}

function misuse(problem: string): CommandResult {
  return { exitCode: 2, stdout: '', stderr: `artifacts-keygen: ${problem}\n\n${usage}` };
}

/** The options, or what is wrong with them. */
function optionsOf(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { ed25519: { type: 'boolean' }, id: { type: 'string' }, help: { type: 'boolean' } },
    }).values;
  } catch (error) {
    // What the parser says quotes the argument, and that may be a key.
    return (error as NodeJS.ErrnoException).code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE'
      ? '--id needs a value, --ed25519 and --help take none'
      : 'unknown argument: only those below are known';
  }
}

/** The date tells which key is the new one. Two keys of one id would be a SIGNATURE_INVALID that nobody understands. */
function idOf(now: Date): string {
  return `k${now.toISOString().slice(0, 10).replaceAll('-', '')}-${randomBytes(2).toString('hex')}`;
}

function linesOfPair(id: string): string {
  const { privateKey, publicKey } = generateKeyPair();
  return [
    '# For writers: signs and verifies. Secret.\n',
    lineOf(id, `ed25519:${privateKey}`),
    '# For readers, instead: only verifies. May be published.\n',
    `# ${lineOf(id, `ed25519-public:${publicKey}`)}`,
  ].join('');
}

function lineOf(id: string, key: string): string {
  return `${textVariable}=${id}=${key}\n`;
}
