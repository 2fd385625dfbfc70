import { ed25519 } from './ed25519.ts';
import { configuration, type ArtifactError } from './errors.ts';
import { hmac } from './hmac.ts';
import { makeKey, nameOf, refusedKey } from './key-material.ts';
import { isKeyId, keyIdRule, keyring } from './keyring.ts';
import { revoked, verifyOnly, type SigningKey } from './signing-key.ts';
import type { KeyProvider, VerificationKeys } from './signing.ts';

/** The environment variable of a text of keys. */
export const textVariable = 'ARTIFACT_SIGNING_KEY';

type Entry = readonly [keyid: string, key: SigningKey];

const assignment = `${textVariable}=`;
const forms = '"base64:...", "hex:...", "ed25519:base64:...", "ed25519-public:base64:..." or "revoked"';

/**
 * The keys of a text such as `k3=ed25519:base64:...,k2=base64:...,k1=revoked`. The first signs, the others only verify. Entries are
 * separated by commas or newlines. Lines that begin with `#` are left out, and `ARTIFACT_SIGNING_KEY=` at the beginning of a line
 * counts for nothing. A key is `base64:` or `hex:` and an HMAC secret; with `ed25519:` before that it is an Ed25519 private key, with
 * `ed25519-public:` a public one.
 *
 * @throws `CONFIGURATION` that names the entry and shows nothing of its key
 */
export function keyringFromText(text: string): KeyProvider {
  return keyringIn(text, 'text');
}

/** {@link keyringFromText} for those who only read: any key may be the first, and none signs. */
export function verificationKeysFromText(text: string): VerificationKeys {
  return verificationKeysIn(text, 'text');
}

/** {@link keyringFromText}, whose errors have `field`. */
export function keyringIn(text: string, field: string): KeyProvider {
  const [[active, key], ...others] = entriesOf(text, field);
  if (key.status !== 'active') {
    throw refused(field, `the first key signs, but ${nameOf(active, 1)} is ${key.status}: put one that may sign first`);
  }
  const keys = { [active]: key, ...toVerifyOnly(others) };
  return within(field, 'its keys', () => keyring({ active, keys }));
}

/** {@link verificationKeysFromText}, whose errors have `field`. */
export function verificationKeysIn(text: string, field: string): VerificationKeys {
  const keys = toVerifyOnly(entriesOf(text, field));
  return within(field, 'its keys', () => keyring({ keys }));
}

function toVerifyOnly(entries: readonly Entry[]): Record<string, SigningKey> {
  return Object.fromEntries(entries.map(([keyid, key]) => [keyid, verifyOnly(key)]));
}

function entriesOf(text: string, field: string): readonly [Entry, ...Entry[]] {
  const [first, ...others] = entriesIn(text).map((entry, index) => entryOf(entry, index + 1, field));
  if (first === undefined) throw refused(field, `there is no key: write "k1=base64:..."; make one with: ${makeKey}`);
  const keyids = new Set([first[0]]);
  for (const [index, [keyid]] of others.entries()) {
    if (keyids.has(keyid)) throw refused(field, `${nameOf(keyid, index + 2)} is there twice: give each key its own id`);
    keyids.add(keyid);
  }
  return [first, ...others];
}

function entriesIn(text: unknown): string[] {
  const lines = typeof text === 'string' ? text.split('\n') : [];
  return lines
    .map((line) => line.trim())
    .filter((line) => !line.startsWith('#'))
    .flatMap((line) => (line.startsWith(assignment) ? line.slice(assignment.length) : line).split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

/** Whether anything in the text is more than a public key or the mark of a revoked one. */
export function holdsSecret(text: string): boolean {
  return entriesIn(text).some((entry) => !/^[^=]+=(?:ed25519-public:.*|revoked)$/s.test(entry));
}

function entryOf(entry: string, position: number, field: string): Entry {
  // The padding of a key without an id is no separator.
  const [, keyid, key] = /^([^=]+)=([^=\s].*)$/s.exec(entry) ?? [];
  if (keyid === undefined || key === undefined) {
    throw refused(
      field,
      `entry ${position} is not an id, "=" and a key: write "k1=base64:..."; make one with: ${makeKey}`,
    );
  }
  if (!isKeyId(keyid)) throw refused(field, `the id of entry ${position} is not ${keyIdRule}`);
  return [keyid, within(field, nameOf(keyid, position), () => keyOfText(key))];
}

function keyOfText(text: string): SigningKey {
  if (text === 'revoked') return revoked();
  const [, algorithm, material] = /^(?:(ed25519|ed25519-public):)?((?:base64|hex):.*)$/s.exec(text) ?? [];
  if (material === undefined) throw refusedKey(`a key is written as ${forms}; make one with: ${makeKey}`);
  if (algorithm === undefined) return hmac(material);
  return ed25519(algorithm === 'ed25519' ? { privateKey: material } : { publicKey: material });
}

function within<T>(field: string, what: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw refused(field, `${what}: ${(cause as ArtifactError).message}`, cause);
  }
}

function refused(field: string, problem: string, cause?: unknown): ArtifactError {
  return configuration(field, `${field}: ${problem}`, cause);
}
