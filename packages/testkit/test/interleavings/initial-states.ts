import type { ArtifactStore, QuotaOptions } from '@artifacts/core';

import { askingBackend } from './asking-backend.ts';
import { artifactId, contentOf, hour, now, recordKey, storeOf } from './client.ts';
import { honest, type Media, type Medium } from './medium.ts';

/** Two hours before the race, unless it goes further back. */
type Prepare = (store: ArtifactStore, goTo: (time: number) => void) => Promise<void>;

/** What may lie in storage before the race. */
export const initialStates = {
  absent: async () => {},
  small: async (store) => void (await store.upload(artifactId, contentOf('i', 'small'))),
  large: async (store) => void (await store.upload(artifactId, contentOf('i', 'large'))),
  'large that will expire': async (store) =>
    void (await store.upload(artifactId, contentOf('i', 'large'), { expiresAt: now + hour })),
  expired: async (store) => void (await store.upload(artifactId, contentOf('i', 'large'), { expiresAt: now - hour })),
  tombstone: async (store) => {
    await store.upload(artifactId, contentOf('i', 'large'));
    await store.delete(artifactId);
  },
  held: async (store) => void (await store.upload(artifactId, contentOf('i', 'large'), { hold: true })),
} satisfies Record<string, Prepare>;

/** The same where a sweep has something to do at once. */
export const dueStates = {
  replaced: async (store, goTo) => {
    goTo(longAgo);
    await store.upload(artifactId, contentOf('i', 'large'));
    await store.upload(artifactId, contentOf('i', 'small'));
  },
  'tombstone of long ago': async (store, goTo) => {
    goTo(longAgo);
    await initialStates.tombstone(store);
  },
  'expired, of long ago': async (store, goTo) => {
    goTo(longAgo);
    await initialStates.expired(store);
  },
  'expired and held': async (store) =>
    void (await store.upload(artifactId, contentOf('i', 'large'), { expiresAt: now - hour, hold: true })),
  'marker of content in use': async (store, goTo) => {
    goTo(longAgo);
    await initialStates.large(store);
  },
  'content without a record': async (store, goTo) => {
    goTo(longAgo);
    await initialStates.large(store);
  },
} satisfies Record<string, Prepare>;

/** More than a grace before the race. */
const longAgo = now - 26 * hour;

export type InitialState = keyof typeof initialStates;
export type DueState = keyof typeof dueStates;

const everything = { createIfAbsent: true, compareAndSwap: true, conditionalDelete: true };

/** Outside of the pairs: what nobody vouches for can only be removed. */
export type RaceState = InitialState | DueState | 'unverifiable';

/** Brings a storage into a state, well before the race. */
export async function initialMedium(media: Media, state: RaceState, quota?: QuotaOptions): Promise<Medium> {
  if (state === 'unverifiable') {
    const small = await initialMedium(media, 'small', quota);
    const bytes = Buffer.from(small.objects.get(recordKey)?.bytes ?? []);
    const inSignature = bytes.indexOf('"sig":"') + 10;
    bytes[inSignature] = bytes[inSignature] === 0x41 ? 0x42 : 0x41;
    return media.put(small, recordKey, bytes);
  }
  let medium = media.empty;
  const markers: string[] = [];
  const backend = askingBackend(everything, async (call) => {
    if (call.kind === 'write' && call.key.startsWith('pending/')) markers.push(call.key);
    const step = honest(media, medium, call);
    medium = step.medium;
    return step.answer;
  });
  let time = now - 2 * hour;
  const prepare: Prepare = { ...initialStates, ...dueStates }[state];
  const store = storeOf('i', backend, () => time, undefined, quota);
  await prepare(store, (to) => {
    time = to;
  });
  // A ledger is there before the race: making one is a race of its own.
  if (quota !== undefined) await store.delete('nothing');
  // As after a crash: behind the commit, or before it.
  if (state === 'content without a record') medium = media.remove(medium, recordKey);
  if (state === 'content without a record' || state === 'marker of content in use') {
    for (const key of markers) medium = media.put(medium, key, new Uint8Array());
  }
  return medium;
}
