// A backend whose objects are files, for several processes: sound, or with one fault that a single process never shows.
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, open as openFile, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { ArtifactError } from '@artifacts/core';

/** How long a fault leaves open what it should have closed: longer than a busy machine keeps a process waiting. */
const gapMs = 100;

/** What all handles of this process share. */
const queues = new Map();
const remembered = new Map();

/** @param {{ root: string, fault?: string }} data */
export function open({ root, fault }) {
  const pathOf = (key) => join(root, 'objects', encodeURIComponent(key));

  async function find(key) {
    const bytes = await readFile(pathOf(key)).catch((error) =>
      error.code === 'ENOENT' ? undefined : Promise.reject(error),
    );
    if (bytes === undefined) return undefined;
    const end = bytes.indexOf('\n');
    return { version: bytes.subarray(0, end).toString(), bytes: bytes.subarray(end + 1) };
  }

  /** One at a time in this process, and among all of them unless `alone`. */
  async function locked(key, alone, work) {
    const before = queues.get(key);
    const turn = (async () => {
      await before?.catch(() => undefined);
      if (alone) return work();
      const lock = join(root, 'locks', encodeURIComponent(key));
      while (
        !(await mkdir(lock).then(
          () => true,
          () => false,
        ))
      )
        await new Promise(setImmediate);
      try {
        return await work();
      } finally {
        await rmdir(lock);
      }
    })();
    queues.set(key, turn);
    return turn;
  }

  async function assertMet(key, condition) {
    if (condition === undefined) return;
    const found = await find(key);
    const met = 'absent' in condition ? found === undefined : found?.version === condition.version;
    if (!met) throw new ArtifactError('PRECONDITION_FAILED', 'the object is another one');
  }

  function infoOf(key, { version, bytes }) {
    return { key, version, size: bytes.length, modifiedAt: new Date() };
  }

  async function writeInPlace(key, body) {
    const before = await find(key);
    const version = randomUUID();
    const file = await openFile(pathOf(key), 'w');
    remembered.set(key, before);
    await file.write(`${version}\n`);
    let size = 0;
    for await (const chunk of body) {
      await file.write(chunk);
      size += chunk.length;
    }
    await file.close();
    remembered.delete(key);
    return { key, size, version };
  }

  return {
    contract: 1,
    name: 'files',
    capabilities: async () => ({ createIfAbsent: true, compareAndSwap: true, conditionalDelete: true }),
    async write(key, body, { condition } = {}) {
      if (fault === 'writes in place' && !(body instanceof Uint8Array)) return writeInPlace(key, body);
      const chunks = [];
      for await (const chunk of body instanceof Uint8Array ? [body] : body) chunks.push(Buffer.from(chunk));
      const object = { version: randomUUID(), bytes: Buffer.concat(chunks) };
      const staged = join(await mkdtemp(join(root, 'staging', 'write-')), 'object');
      await writeFile(staged, Buffer.concat([Buffer.from(`${object.version}\n`), object.bytes]));
      const kind = condition === undefined ? 'plain' : Object.keys(condition)[0];
      const alone = fault === `checks ${kind} alone`;
      await locked(key, alone, async () => {
        await assertMet(key, condition);
        if (alone) await delay(gapMs);
        await rename(staged, pathOf(key));
      });
      if (fault === 'remembers') remembered.set(key, object);
      return infoOf(key, object);
    },
    async read(key) {
      const object = remembered.get(key) ?? (await find(key));
      if (fault === 'remembers') remembered.set(key, object);
      if (object === undefined) return { status: 'absent' };
      async function* body() {
        yield Buffer.from(object.bytes);
      }
      return { status: 'found', info: infoOf(key, object), body: body() };
    },
    async delete(key, { condition } = {}) {
      const alone = fault === 'checks a delete alone';
      await locked(key, alone, async () => {
        if ((await find(key)) === undefined) return;
        await assertMet(key, condition);
        if (alone) await delay(gapMs);
        await rm(pathOf(key), { force: true });
      });
      remembered.delete(key);
    },
    async *list() {
      for (const name of (await readdir(join(root, 'objects'))).toSorted()) {
        const key = decodeURIComponent(name);
        yield infoOf(key, await find(key));
      }
    },
    async discardUnfinished() {
      for (const name of await readdir(join(root, 'staging')))
        await rm(join(root, 'staging', name), { recursive: true });
    },
    check: async () => {},
    close: async () => {},
  };
}
