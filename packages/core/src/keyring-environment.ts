import { configuration } from './errors.ts';
import { readKeyFile } from './key-file.ts';
import { makeKey } from './key-material.ts';
import { keyringIn, textVariable, verificationKeysIn } from './keyring-text.ts';
import type { KeyProvider, VerificationKeys } from './signing.ts';

const fileVariable = 'ARTIFACT_SIGNING_KEY_FILE';

/** Environment variables by name. */
export type EnvironmentVariables = Readonly<Record<string, string | undefined>>;

/**
 * The keys of the text in `ARTIFACT_SIGNING_KEY`, or of the file that `ARTIFACT_SIGNING_KEY_FILE` names, as {@link keyringFromText} reads
 * them. A file is read once, now; on POSIX no other user may write it, nor read it when it holds more than public keys. An
 * empty variable is none.
 *
 * @throws `CONFIGURATION` with the variable as its field; when both are there, or neither, too
 */
export function keyringFromEnvironment(env: EnvironmentVariables = process.env): KeyProvider {
  const { text, field } = textOf(env);
  return keyringIn(text, field);
}

/** The same for those who only read, as {@link verificationKeysFromText} reads them. */
export function verificationKeysFromEnvironment(env: EnvironmentVariables = process.env): VerificationKeys {
  const { text, field } = textOf(env);
  return verificationKeysIn(text, field);
}

function textOf(env: EnvironmentVariables): { readonly text: string; readonly field: string } {
  const text = env[textVariable] ?? '';
  const path = env[fileVariable] ?? '';
  if (text !== '' && path !== '') {
    throw configuration(textVariable, `${textVariable} and ${fileVariable} are both set: keep one`);
  }
  if (text !== '') return { text, field: textVariable };
  if (path !== '') return { text: readKeyFile(path, fileVariable), field: fileVariable };
  throw configuration(textVariable, `neither ${textVariable} nor ${fileVariable} is set; make a key with: ${makeKey}`);
}
