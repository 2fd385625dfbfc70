import { getEventListeners } from 'node:events';

import type { ArtifactStore } from '@artifacts/core';

import { randomBytes } from '../content.ts';
import { heldNow, type Held } from '../left-behind.ts';
import { backendAt, type Place } from '../place.ts';
import { openStore } from '../store.ts';
import { takeAll } from '../take-all.ts';

const batch = 100;
const listed = 10;
/** Of four kinds, beside one batch. */
const single = 25;
const turnOperations = 4 * single + batch;

interface OneSignal {
  readonly listenersBefore: number;
  readonly listenersAtMost: number;
  readonly listenersAfter: number;
  /** Of the process, such as that of too many listeners. */
  readonly warnings: number;
  readonly before: Held;
  /** After each number of operations. */
  readonly after: readonly Held[];
}

/** Does so many operations on one signal that never aborts, and looks at what stays of them. */
export async function oneSignal({
  place,
  operations,
  callers,
}: {
  readonly place: Place;
  readonly operations: readonly number[];
  /** Each does one operation at a time. */
  readonly callers: number;
}): Promise<OneSignal> {
  const store = openStore(backendAt(place));
  const { signal } = new AbortController();
  const listeners = (): number => getEventListeners(signal, 'abort').length;
  let warnings = 0;
  process.on('warning', () => (warnings += 1));
  let listenersAtMost = 0;
  const watch = (): void => {
    listenersAtMost = Math.max(listenersAtMost, listeners());
  };
  const names = Array.from({ length: callers }, (_, index) => `caller-${index}`);
  for (const name of names) await prepare(store, name);

  const listenersBefore = listeners();
  const before = await heldNow();
  const after: Held[] = [];
  let done = 0;
  for (const mark of operations) {
    const turns = (mark - done) / callers / turnOperations;
    if (!Number.isInteger(turns)) throw new Error(`${mark - done} operations cannot be shared by ${callers} callers`);
    await Promise.all(
      names.map(async (name) => {
        for (let turn = 0; turn < turns; turn += 1) await takeTurn(store, name, signal, watch);
      }),
    );
    done = mark;
    after.push(await heldNow());
  }
  return { listenersBefore, listenersAtMost, listenersAfter: listeners(), warnings, before, after };
}

async function prepare(store: ArtifactStore, name: string): Promise<void> {
  await store.upload(`${name}/kept`, randomBytes(1024));
  for (let index = 0; index < listed; index += 1) await store.upload(`${name}/listed/${index}`, randomBytes(100));
}

/** The same few ids every time: what grows is not what is stored. */
async function takeTurn(store: ArtifactStore, name: string, signal: AbortSignal, watch: () => void): Promise<void> {
  const watched = async <T>(operation: Promise<T>): Promise<T> => {
    watch();
    const value = await operation;
    watch();
    return value;
  };
  for (let index = 0; index < single; index += 1) {
    await watched(store.getMetadata(`${name}/kept`, { signal }));
    await watched(store.upload(`${name}/changed`, randomBytes(100), { signal }));
    const download = await watched(store.download(`${name}/kept`, { signal }));
    await watched(download.bytes());
    await watched(takeAll(store.list({ prefix: `${name}/listed/`, signal }), listed));
  }
  const items = Array.from({ length: batch }, (_, index) => ({
    id: `${name}/batch/${index}`,
    source: randomBytes(100),
  }));
  const results = await watched(store.uploadMany(items, { signal }));
  const failed = results.find((result) => !result.success);
  if (failed !== undefined) throw failed.error;
}
