import { type ArtifactChanges, type ArtifactStore, type ErrorCode, migrate, type UploadOptions } from '@artifacts/core';
import { memoryBackend } from '@artifacts/core/memory';

import {
  type Artifact,
  artifactId,
  artifactOf,
  contentOf,
  describeArtifact,
  hour,
  type KeyName,
  now,
  type Role,
  storeOf,
  unverifiable,
} from './client.ts';

/** What an operation came to, as its caller sees it. */
export type Outcome = { readonly value: string } | { readonly code: ErrorCode };

/** What the sequential model allows: one of several refusals that all hold, or a value and what is there after it. */
type Allowed =
  | { readonly refusals: readonly ErrorCode[] }
  | { readonly value: string; readonly next: Artifact | undefined };

export interface Operation {
  readonly name: string;
  readonly reads: boolean;
  /** It only succeeds where nothing is. */
  readonly creates?: boolean;
  /** It only succeeds over one certain version. */
  readonly swaps?: boolean;
  /** It lifts a hold. */
  readonly releases?: boolean;
  /** It deletes. */
  readonly removes?: boolean;
  /** It is a sweep: what it may do it may also leave to a later one. */
  readonly sweeps?: boolean;
  /** It succeeds also where nothing is, and then stores nothing. */
  readonly keeps?: boolean;
  /** The key that its store signs with, `k` by default. */
  readonly signsWith?: KeyName;
  /** `revision` is the one that was there before the race. */
  run(store: ArtifactStore, role: Role, revision: string): Promise<string>;
  /** The same, in one step, on the model. */
  model(found: Artifact | undefined, role: Role): Allowed;
}

interface Expected {
  readonly generation?: number;
  readonly revision?: true;
}

function upload(size: 'small' | 'large', expected: Expected = {}, expiresIn?: number): Operation {
  const expiresAt = expiresIn === undefined ? undefined : now + expiresIn;
  return {
    name: `upload ${size}${describeExpected(expected)}${expiresIn === undefined ? '' : ' that expires'}`,
    reads: false,
    creates: expected.generation === 0,
    swaps: expected.revision === true || (expected.generation ?? 0) > 0,
    run: async (store, role, revision) => {
      const options: UploadOptions = {
        ifGeneration: expected.generation,
        ifRevision: expected.revision === true ? revision : undefined,
        expiresAt,
      };
      return describeArtifact(artifactOf(await store.upload(artifactId, contentOf(role, size), options)));
    },
    model: (found, role) => {
      if (found === unverifiable) return refusedToTrust;
      const live = isLive(found) ? found : undefined;
      const refusals = [...retention(found), ...judge(expected, live, 'ALREADY_EXISTS')];
      if (refusals.length > 0) return { refusals };
      const next: Artifact = {
        by: role,
        generation: (live?.generation ?? 0) + 1,
        content: contentOf(role, size),
        expiresAt,
        retainUntil: undefined,
        hold: false,
        note: '',
        keyId: 'k',
      };
      return { value: describeArtifact(next), next };
    },
  };
}

function update(name: string, changesOf: (role: Role) => ArtifactChanges & Partial<Artifact>): Operation {
  return {
    name: `update ${name}`,
    reads: false,
    releases: changesOf('z').hold === false,
    run: async (store, role) => {
      const { note, ...changes } = changesOf(role);
      const metadata = note === undefined ? undefined : { note };
      return describeArtifact(artifactOf(await store.update(artifactId, { ...changes, metadata })));
    },
    model: (found, role) => {
      if (found === unverifiable) return refusedToTrust;
      if (found === undefined) return { refusals: ['NOT_FOUND'] };
      if (!isLive(found)) return { refusals: ['EXPIRED'] };
      const next = { ...found, ...changesOf(role), by: role, keyId: 'k' } as Artifact;
      return { value: describeArtifact(next), next };
    },
  };
}

function remove(expected: Expected = {}): Operation {
  return {
    name: `delete${describeExpected(expected)}`,
    reads: false,
    removes: true,
    run: async (store, _role, revision) => {
      const ifRevision = expected.revision === true ? revision : undefined;
      return String(await store.delete(artifactId, { ifRevision }));
    },
    model: (found) => {
      if (found === unverifiable) return refusedToTrust;
      if (found === undefined) return { value: 'false', next: undefined };
      const refusals = [...retention(found), ...judge(expected, found, 'PRECONDITION_FAILED')];
      return refusals.length > 0 ? { refusals } : { value: 'true', next: undefined };
    },
  };
}

export const downloading: Operation = {
  name: 'download',
  reads: true,
  run: async (store) => {
    const download = await store.download(artifactId);
    return `${await download.text()} of ${describeArtifact(artifactOf(download.metadata))}`;
  },
  model: (found) => {
    if (found === unverifiable) return refusedToTrust;
    if (found === undefined) return { refusals: ['NOT_FOUND'] };
    if (!isLive(found)) return { refusals: ['EXPIRED'] };
    return { value: `${found.content} of ${describeArtifact(found)}`, next: found };
  },
};

const gettingMetadata: Operation = {
  name: 'getMetadata',
  reads: true,
  run: async (store) => {
    const metadata = await store.getMetadata(artifactId);
    return describeArtifact(metadata && artifactOf(metadata));
  },
  model: (found) => ({ value: describeArtifact(found), next: found }),
};

const listing: Operation = {
  name: 'list',
  reads: true,
  run: async (store) => {
    const listed: string[] = [];
    for await (const metadata of store.list()) listed.push(describeArtifact(artifactOf(metadata)));
    return listed.join('; ');
  },
  model: (found) => ({ value: isLive(found) ? describeArtifact(found) : '', next: found }),
};

/** For the one state in which nothing else gets anywhere. */
export const deletingUnverified: Operation = {
  name: 'delete unverified',
  reads: false,
  removes: true,
  run: async (store) => {
    await store.delete(artifactId, { unverified: true });
    // A plain delete of a backend does not tell who removed it, so two may both believe that they did.
    return 'gone';
  },
  model: () => ({ value: 'gone', next: undefined }),
};

export const sweeping: Operation = {
  name: 'sweep',
  reads: false,
  sweeps: true,
  run: async (store) => {
    // One after another, as the calls of every operation here are.
    await store.sweep({ concurrency: 1 });
    return 'swept';
  },
  model: (found) => {
    const goes = found !== undefined && found !== unverifiable && !isLive(found) && retention(found).length === 0;
    return { value: 'swept', next: goes ? undefined : found };
  },
};

export const resigning: Operation = {
  name: 'resign',
  reads: false,
  keeps: true,
  signsWith: 'new',
  run: async (store) => {
    const { failures } = await store.resign({ concurrency: 1 });
    if (failures[0] !== undefined) throw failures[0].error;
    return 'signed anew';
  },
  model: (found, role) => {
    if (found === unverifiable) return refusedToTrust;
    const value = 'signed anew';
    if (found === undefined || found.keyId === 'new') return { value, next: found };
    return { value, next: { ...found, by: role, keyId: 'new' } };
  },
};

/** Brings an artifact of another store, which nobody else sees. */
export const migrating: Operation = {
  name: 'migrate',
  reads: false,
  run: async (store, role) => {
    const source = storeOf(role, memoryBackend());
    await source.upload(artifactId, contentOf(role, 'large'));
    const { failures } = await migrate(source, store, { concurrency: 1 });
    if (failures[0] !== undefined) throw failures[0].error;
    return 'moved';
  },
  model: (found, role) => {
    if (found === unverifiable) return refusedToTrust;
    const refusals = retention(found);
    if (refusals.length > 0) return { refusals };
    const came = { by: role, generation: 1, content: contentOf(role, 'large'), hold: false, note: '', keyId: 'k' };
    return { value: 'moved', next: { ...came, expiresAt: undefined, retainUntil: undefined } };
  },
};

/** Every kind of operation with every kind of condition. */
export const operations = {
  uploadSmall: upload('small'),
  uploadLarge: upload('large'),
  createSmall: upload('small', { generation: 0 }),
  createLarge: upload('large', { generation: 0 }),
  replaceGeneration: upload('large', { generation: 1 }),
  replaceRevision: upload('small', { revision: true }),
  uploadExpiring: upload('small', {}, 2 * hour),
  uploadLargeExpiring: upload('large', {}, 3 * hour),
  updateMetadata: update('metadata', (role) => ({ note: role })),
  updateExpiry: update('expiry', () => ({ expiresAt: now + 4 * hour })),
  hold: update('hold', () => ({ hold: true })),
  release: update('hold: false', () => ({ hold: false })),
  retain: update('retention', () => ({ retainUntil: now + 5 * hour })),
  delete: remove(),
  deleteRevision: remove({ revision: true }),
  download: downloading,
  getMetadata: gettingMetadata,
  list: listing,
} satisfies Record<string, Operation>;

const refusedToTrust: Allowed = { refusals: ['SIGNATURE_INVALID'] };

export function isLive(found: Artifact | undefined): found is Artifact {
  return found !== undefined && (found.expiresAt === undefined || found.expiresAt > now);
}

function retention(found: Artifact | undefined): ErrorCode[] {
  return found !== undefined && (found.hold || (found.retainUntil ?? 0) > now) ? ['RETAINED'] : [];
}

function judge({ generation, revision }: Expected, found: Artifact | undefined, taken: ErrorCode): ErrorCode[] {
  if (generation === 0 && found !== undefined) return [taken];
  const holds =
    (generation === undefined || generation === (found?.generation ?? 0)) &&
    (revision === undefined || found?.by === 'i');
  return holds ? [] : ['PRECONDITION_FAILED'];
}

function describeExpected({ generation, revision }: Expected): string {
  return `${generation === undefined ? '' : ` if generation ${generation}`}${revision ? ' if revision' : ''}`;
}
