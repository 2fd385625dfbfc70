import { createHash } from 'node:crypto';

import {
  type ArtifactBackend,
  type ArtifactMetadata,
  ArtifactStore,
  hmac,
  keyring,
  type QuotaOptions,
  verifyOnly,
} from '@artifacts/core';

/** Who acts: `i` made the initial state, `a` to `d` race, `z` looks at what they left. */
export type Role = 'i' | 'a' | 'b' | 'c' | 'd' | 'z';

export const artifactId = 'doc';
export const recordKey = `records/${artifactId}`;
export const hour = 3_600_000;
/** When the race takes place. No clock moves meanwhile. */
export const now = 1_800_000_000_000;
/** Small contents have at most this many bytes. */
const inlineBytes = 4;

/** All know both keys. `k` signs, and `new` where somebody signs anew. */
export type KeyName = 'k' | 'new';

const key = (name: KeyName) => hmac(createHash('sha256').update(`interleavings ${name}`).digest());
const signing = {
  k: keyring({ active: 'k', keys: { k: key('k'), new: verifyOnly(key('new')) } }),
  new: keyring({ active: 'new', keys: { k: verifyOnly(key('k')), new: key('new') } }),
};

/** A store in which nothing is left to chance, and which never waits. */
export function storeOf(
  role: Role,
  backend: ArtifactBackend,
  clock: () => number = () => now,
  signsWith: KeyName = 'k',
  quota?: QuotaOptions,
): ArtifactStore {
  return new ArtifactStore({
    backend,
    signing: signing[signsWith],
    audience: 'interleavings',
    inlineBytes,
    quota,
    // Calls wait here as long as the exploration takes. Beside a quota a store takes no more than a minute.
    idleTimeoutMs: quota === undefined ? 2 ** 31 - 1 : 60_000,
    now: clock,
    monotonic: () => 0,
    sleep: async () => {},
    randomBytes: namesOf(role),
  });
}

const tags: Readonly<Record<Role, number>> = { i: 0x10, a: 0xaa, b: 0xbb, c: 0xcc, d: 0xdd, z: 0xee };

/** Names that tell who made them. No two of one role are equal. */
function namesOf(role: Role): (size: number) => Uint8Array {
  let count = 0;
  return (size) => {
    const name = Buffer.alloc(size, tags[role]);
    count += 1;
    if (size >= 4) name.writeUInt16BE(count, size - 2);
    return name;
  };
}

function ownerOf(revision: string): Role | undefined {
  const tag = Number.parseInt(revision.slice(0, 2), 16);
  return (Object.keys(tags) as Role[]).find((role) => tags[role] === tag);
}

/** The bytes that a role uploads: told apart by size and by who wrote them. */
export function contentOf(role: Role, size: 'small' | 'large'): string {
  return size === 'small' ? `${role}-s` : `${role}-is large`;
}

const contents = new Map(
  (Object.keys(tags) as Role[])
    .flatMap((role) => [contentOf(role, 'small'), contentOf(role, 'large')])
    .map((text) => [createHash('sha256').update(text).digest('hex'), text]),
);

/** An artifact as the sequential model sees it. */
export interface Artifact {
  /** Who wrote the record: nobody commits more than one. */
  readonly by: Role | undefined;
  readonly generation: number;
  readonly content: string;
  readonly expiresAt: number | undefined;
  readonly retainUntil: number | undefined;
  readonly hold: boolean;
  readonly note: string;
  readonly keyId: string;
}

export function artifactOf(metadata: ArtifactMetadata): Artifact {
  const { note } = metadata.metadata;
  return {
    by: ownerOf(metadata.revision),
    generation: metadata.generation,
    content: contents.get(metadata.checksumSha256) ?? 'unknown content',
    expiresAt: metadata.expiresAt?.getTime(),
    retainUntil: metadata.retainUntil?.getTime(),
    hold: metadata.hold,
    note: typeof note === 'string' ? note : '',
    keyId: metadata.keyId,
  };
}

/** Stands for a record that does not verify. */
export const unverifiable: Artifact = {
  by: undefined,
  generation: 0,
  content: '',
  expiresAt: undefined,
  retainUntil: undefined,
  hold: false,
  note: '',
  keyId: '',
};

/** Equal for equal artifacts. */
export function describeArtifact(artifact: Artifact | undefined): string {
  if (artifact === undefined) return 'nothing';
  if (artifact === unverifiable) return 'a record that does not verify';
  const { by, generation, content, expiresAt, retainUntil, hold, note, keyId } = artifact;
  const facts = [
    `generation ${generation} of ${by} "${content}"`,
    ...(expiresAt === undefined ? [] : [`expires ${(expiresAt - now) / hour} h`]),
    ...(retainUntil === undefined ? [] : [`retained ${(retainUntil - now) / hour} h`]),
    ...(hold ? ['held'] : []),
    ...(note === '' ? [] : [`note ${note}`]),
    ...(keyId === 'k' ? [] : [`signed by ${keyId}`]),
  ];
  return facts.join(', ');
}
