import { ed25519 } from './ed25519.ts';
import { maxSignatures } from './envelope.ts';
import { hmac } from './hmac.ts';
import { configuration, isArtifactError } from './errors.ts';
import { makeKey, nameOf, refusedKey, type KeyMaterial } from './key-material.ts';
import { requireSigningKey, type SigningKey } from './signing-key.ts';
import type { KeyProvider, Signer, VerificationKeys, Verifier } from './signing.ts';

/**
 * The key that signs, or up to four that all sign every record, for readers who each trust one of them. Metadata name the
 * first as their `keyId`.
 */
export type ActiveKeys = string | readonly string[];

/**
 * Which keys sign, and all keys by their id. To rotate, add the new key as `verifyOnly` in every process, then make it active
 * where it should sign, and keep the old one `verifyOnly` as long as records need it.
 */
export interface KeyringOptions {
  readonly active: ActiveKeys;
  readonly keys: Readonly<Record<string, SigningKey>>;
}

/** The same for those who only read. */
export interface VerificationKeysOptions {
  readonly active?: undefined;
  readonly keys: Readonly<Record<string, SigningKey>>;
}

/** Which keys sign, and the secret of each key by its id. */
export interface KeyMaterialOptions {
  readonly active: ActiveKeys;
  readonly keys: Readonly<Record<string, KeyMaterial>>;
}

/**
 * A fixed set of keys. The active ones sign; every one that is not revoked verifies. Without `active` it is for a reader, who
 * needs no more than public keys.
 *
 * @throws `CONFIGURATION` when it is empty, when an active key is missing or may not sign, or when it holds one key twice
 */
export function keyring(options: VerificationKeysOptions): VerificationKeys;
export function keyring(options: KeyringOptions): KeyProvider;
export function keyring({ active, keys }: KeyringOptions | VerificationKeysOptions): VerificationKeys {
  const entries = Object.entries(keys ?? {});
  if (entries.length === 0) throw refusedKey(`a keyring needs at least one key; make one with: ${makeKey}`);
  for (const [index, [keyid, key]] of entries.entries()) {
    if (!isKeyId(keyid)) throw refusedKey(`key id ${JSON.stringify(keyid.slice(0, 128))} is not ${keyIdRule}`);
    requireSigningKey(key);
    const twin = entries.slice(0, index).find(([, other]) => other.equals(key));
    if (twin !== undefined) throw refusedKey(`"${twin[0]}" and "${keyid}" are the same key twice: give each its own`);
  }
  const byId = new Map(entries);
  return active === undefined ? new FixedVerificationKeys(byId) : new FixedKeyring(byId, signersOf(active, byId));
}

export const keyIdRule = '1 to 128 characters of [A-Za-z0-9._:/@+-]';

export function isKeyId(keyid: string): boolean {
  return /^[A-Za-z0-9._:/@+-]{1,128}$/.test(keyid);
}

/** {@link keyring} of HMAC-SHA256 keys alone. */
export function hmacKeyring({ active, keys }: KeyMaterialOptions): KeyProvider {
  return keyring({ active, keys: mapValues(keys, hmac) });
}

/** {@link keyring} of Ed25519 private keys alone. */
export function ed25519Keyring({ active, keys }: KeyMaterialOptions): KeyProvider {
  return keyring({ active, keys: mapValues(keys, (privateKey) => ed25519({ privateKey })) });
}

function mapValues(
  materials: Readonly<Record<string, KeyMaterial>>,
  keyOf: (material: KeyMaterial) => SigningKey,
): Record<string, SigningKey> {
  return Object.fromEntries(
    Object.entries(materials ?? {}).map(([keyid, material], index) => {
      try {
        return [keyid, keyOf(material)];
      } catch (error) {
        if (!isArtifactError(error)) throw error;
        throw refusedKey(`${nameOf(keyid, index + 1)}: ${error.message}`, error);
      }
    }),
  );
}

function signersOf(active: ActiveKeys, keys: ReadonlyMap<string, SigningKey>): readonly Signer[] {
  const keyids = typeof active === 'string' ? [active] : active;
  if (keyids.length === 0 || keyids.length > maxSignatures) {
    throw configuration('active', `1 to ${maxSignatures} active keys sign, not ${keyids.length}`);
  }
  if (new Set(keyids).size < keyids.length)
    throw configuration('active', 'an active key is named twice: each signs once');
  return keyids.map((keyid) => {
    const key = keys.get(keyid);
    if (key === undefined)
      throw configuration('active', `the keyring has no key of the active id ${JSON.stringify(keyid)}`);
    if (key.status !== 'active') {
      throw configuration('active', `the active key "${keyid}" is ${key.status}: choose one that may sign`);
    }
    return { keyid, sign: (message) => key.sign(message) };
  });
}

class FixedVerificationKeys implements VerificationKeys {
  readonly #verifiers: ReadonlyMap<string, Verifier>;

  constructor(keys: ReadonlyMap<string, SigningKey>) {
    this.#verifiers = new Map(
      Array.from(keys, ([keyid, key]) => [
        keyid,
        { keyid, revoked: key.status === 'revoked', verify: (message, signature) => key.verify(message, signature) },
      ]),
    );
  }

  find(keyid: string): Verifier | undefined {
    return this.#verifiers.get(keyid);
  }
}

class FixedKeyring extends FixedVerificationKeys implements KeyProvider {
  readonly #signers: readonly Signer[];

  constructor(keys: ReadonlyMap<string, SigningKey>, signers: readonly Signer[]) {
    super(keys);
    this.#signers = signers;
  }

  active(): readonly Signer[] {
    return this.#signers;
  }
}
