import { createHmac, createSecretKey, KeyObject, timingSafeEqual } from 'node:crypto';

import { ArtifactError } from './errors.ts';
import type { KeyProvider, Signer, Verifier } from './signing.ts';

const minKeyBytes = 32;
const minDistinctBytes = 12;
const makeKey = `node -p "'base64:' + require('crypto').randomBytes(32).toString('base64')"`;

/** A key as bytes, as a secret `KeyObject`, or as text that says its encoding: `base64:...` or `hex:...`. */
export type KeyMaterial = Uint8Array | KeyObject | string;

/** What a key may still do: `active` keys may sign, `verify-only` ones only check, `revoked` ones prove nothing. */
export type KeyStatus = 'active' | 'verify-only' | 'revoked';

/** One algorithm with one secret, not yet named. Made by {@link hmac}. */
export interface SigningKey {
  readonly status: KeyStatus;
  sign(message: Uint8Array): Uint8Array;
  verify(message: Uint8Array, signature: Uint8Array): boolean;
  /** Whether the other key holds the same secret, which would make two ids of one key. */
  equals(other: SigningKey): boolean;
}

/**
 * HMAC-SHA256 (RFC 2104) with a secret of at least 32 bytes.
 *
 * @throws `CONFIGURATION` when the secret is short, guessable, or plain text
 */
export function hmac(secret: KeyMaterial): SigningKey {
  return new HmacKey(secretKey(secret));
}

/** The same key, for reading what it once signed. */
export function verifyOnly(key: SigningKey): SigningKey {
  return withStatus(key, 'verify-only');
}

/** The same key, no longer trusted: what only it signed is refused with `KEY_REVOKED`. */
export function revoked(key: SigningKey): SigningKey {
  return withStatus(key, 'revoked');
}

/** Which key signs, and all keys by their id. To rotate, add a key, make it active, and keep the old one `verifyOnly`. */
export interface KeyringOptions {
  readonly active: string;
  readonly keys: Readonly<Record<string, SigningKey>>;
}

/**
 * A fixed set of keys. The active one signs; every one that is not revoked verifies.
 *
 * @throws `CONFIGURATION` when it is empty, has no active key, or holds one secret twice
 */
export function keyring({ active, keys }: KeyringOptions): KeyProvider {
  const entries = Object.entries(keys ?? {});
  if (entries.length === 0) throw configuration('keys', `a keyring needs at least one key; make one with: ${makeKey}`);
  for (const [keyid] of entries) {
    if (!/^[A-Za-z0-9._:/@+-]{1,128}$/.test(keyid)) {
      throw configuration(
        'keys',
        `key id ${JSON.stringify(keyid.slice(0, 128))} is not 1 to 128 characters of [A-Za-z0-9._:/@+-]`,
      );
    }
  }
  for (const [i, [keyid, key]] of entries.entries()) {
    const twin = entries.slice(0, i).find(([, other]) => other.equals(key));
    if (twin !== undefined)
      throw configuration('keys', `keys "${twin[0]}" and "${keyid}" hold the same secret: give each its own`);
  }
  const byId = new Map(entries);
  const signing = byId.get(active);
  if (signing === undefined)
    throw configuration('active', `the keyring has no key of the active id ${JSON.stringify(active)}`);
  if (signing.status !== 'active')
    throw configuration('active', `the active key "${active}" is ${signing.status}: choose one that may sign`);
  return new FixedKeyring(active, signing, byId);
}

/** {@link keyring} of HMAC-SHA256 keys alone. */
export function hmacKeyring({
  active,
  keys,
}: {
  readonly active: string;
  readonly keys: Readonly<Record<string, KeyMaterial>>;
}): KeyProvider {
  return keyring({
    active,
    keys: Object.fromEntries(Object.entries(keys ?? {}).map(([keyid, secret]) => [keyid, hmac(secret)])),
  });
}

class FixedKeyring implements KeyProvider {
  readonly #signer: Signer;
  readonly #verifiers: ReadonlyMap<string, Verifier>;

  constructor(active: string, signing: SigningKey, keys: ReadonlyMap<string, SigningKey>) {
    this.#signer = { keyid: active, sign: (message) => signing.sign(message) };
    this.#verifiers = new Map(
      Array.from(keys, ([keyid, key]) => [
        keyid,
        { keyid, revoked: key.status === 'revoked', verify: (message, signature) => key.verify(message, signature) },
      ]),
    );
  }

  active(): Signer {
    return this.#signer;
  }

  find(keyid: string): Verifier | undefined {
    return this.#verifiers.get(keyid);
  }
}

class HmacKey implements SigningKey {
  readonly status = 'active';
  // A KeyObject, because util.inspect prints the bytes of a Buffer and never those of a KeyObject.
  readonly #secret: KeyObject;

  constructor(secret: KeyObject) {
    this.#secret = secret;
  }

  sign(message: Uint8Array): Uint8Array {
    return createHmac('sha256', this.#secret).update(message).digest();
  }

  verify(message: Uint8Array, signature: Uint8Array): boolean {
    const expected = this.sign(message);
    // timingSafeEqual throws on different lengths; the length of a MAC is no secret.
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  }

  equals(other: SigningKey): boolean {
    const probe = Buffer.from('same secret?');
    return other.verify(probe, this.sign(probe));
  }
}

function withStatus(key: SigningKey, status: KeyStatus): SigningKey {
  return {
    status,
    sign: (message) => key.sign(message),
    verify: (message, signature) => key.verify(message, signature),
    equals: (other) => key.equals(other),
  };
}

function secretKey(secret: KeyMaterial): KeyObject {
  const bytes = secretBytes(secret);
  if (bytes.length < minKeyBytes) {
    throw configuration(
      'keys',
      `a signing key needs at least ${minKeyBytes} bytes, this one has ${bytes.length}; make one with: ${makeKey}`,
    );
  }
  // Of 32 random bytes about 30 are distinct, and never are all of them printable: such a key was typed, not drawn.
  if (new Set(bytes).size < minDistinctBytes || bytes.every((byte) => byte >= 0x20 && byte < 0x7f)) {
    throw configuration(
      'keys',
      `a signing key must be drawn at random, this one is guessable; make one with: ${makeKey}`,
    );
  }
  return createSecretKey(bytes);
}

function secretBytes(secret: KeyMaterial): Uint8Array {
  if (secret instanceof KeyObject) {
    if (secret.type !== 'secret')
      throw configuration('keys', `an HMAC key is a secret key, this KeyObject is ${secret.type}`);
    return secret.export();
  }
  if (secret instanceof Uint8Array) return secret;
  if (typeof secret !== 'string') throw configuration('keys', `a signing key is missing; make one with: ${makeKey}`);
  const [, encoding, text] = /^(base64|hex):(.*)$/s.exec(secret) ?? [];
  if (encoding === undefined || text === undefined) {
    throw configuration('keys', `a signing key as text starts with "base64:" or "hex:"; make one with: ${makeKey}`);
  }
  const bytes = Buffer.from(text, encoding as BufferEncoding);
  // Node decodes up to the first bad character; only what re-encodes to the same text was well-formed.
  if (bytes.toString(encoding as BufferEncoding) !== (encoding === 'hex' ? text.toLowerCase() : text)) {
    throw configuration(
      'keys',
      `the text after "${encoding}:" is not well-formed ${encoding}; make a key with: ${makeKey}`,
    );
  }
  return bytes;
}

function configuration(field: string, message: string): ArtifactError {
  return new ArtifactError('CONFIGURATION', message, { field });
}
