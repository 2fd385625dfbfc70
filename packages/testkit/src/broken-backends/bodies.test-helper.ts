import { closeSync, openSync } from 'node:fs';

import type { ArtifactBackend, ReadResult } from '@artifacts/core';

import { type BrokenBackend, bytesOf, pause, stream } from './broken-backend.test-helper.ts';

/** Faults in what a body holds and gives. */
export const brokenBodies: readonly BrokenBackend[] = [
  {
    fault: 'opens a file before the body is read',
    caughtBy: 'a thousand bodies that nobody reads hold nothing',
    breaks: (good) => {
      const open: number[] = [];
      return {
        read: (key, options) => {
          open.push(openSync(process.execPath, 'r'));
          return good.read(key, options);
        },
        close: async () => {
          for (const descriptor of open.splice(0)) closeSync(descriptor);
        },
      };
    },
  },
  {
    fault: 'leaves its file open when a body is left early',
    caughtBy: 'bodies that are left early hold nothing',
    breaks: (good) => leaking(good, (reading) => !reading.ended && !reading.failed),
  },
  {
    fault: 'leaves its file open when a body is aborted',
    caughtBy: 'bodies that are aborted or read to their end hold nothing',
    breaks: (good) => leaking(good, (reading) => reading.failed),
  },
  {
    fault: 'finds the object again when its body is opened',
    caughtBy: 'an object replaced before its body is read gives its own bytes or SUPERSEDED',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        return result.status === 'found' ? { ...result, body: inParts(() => good.read(key, options), 1) } : result;
      },
    }),
  },
  {
    fault: 'reads each part of a body from what is there now',
    caughtBy: 'an object replaced while its body is read gives its own bytes or SUPERSEDED',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        return result.status === 'found' ? { ...result, body: inParts(() => good.read(key, options), 4) } : result;
      },
    }),
  },
  {
    fault: 'ends a body quietly when its object is deleted',
    caughtBy: 'an object deleted before or while its body is read gives its own bytes or SUPERSEDED',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        return result.status === 'found' ? { ...result, body: inParts(() => good.read(key, options), 4) } : result;
      },
    }),
  },
  {
    fault: 'describes one version and gives the bytes of the next',
    caughtBy: 'readers during overwrites see whole objects under their own versions',
    breaks: (good) => ({
      read: async (key, options) => {
        const result = await good.read(key, options);
        await pause();
        const next = await good.read(key, options);
        if (result.status !== 'found' || next.status !== 'found') return result;
        return { ...result, body: stream(await bytesOf(next.body)) };
      },
    }),
  },
];

async function* inParts(again: () => Promise<ReadResult>, parts: number): AsyncGenerator<Uint8Array> {
  for (let part = 0; part < parts; part += 1) {
    const result = await again();
    if (result.status !== 'found') return;
    const bytes = await bytesOf(result.body);
    yield bytes.subarray(Math.floor((bytes.length * part) / parts), Math.floor((bytes.length * (part + 1)) / parts));
  }
}

interface Reading {
  ended: boolean;
  failed: boolean;
}

/** Opens a file for each body and does not close it when `leaks`. */
function leaking(good: ArtifactBackend, leaks: (reading: Reading) => boolean): Partial<ArtifactBackend> {
  const leaked: number[] = [];
  async function* holding(body: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined) {
    const descriptor = openSync(process.execPath, 'r');
    const reading = { ended: false, failed: false };
    try {
      for await (const chunk of body) {
        yield chunk.subarray(0, 1);
        signal?.throwIfAborted();
        yield chunk.subarray(1);
      }
      reading.ended = true;
    } catch (error) {
      reading.failed = true;
      throw error;
    } finally {
      if (leaks(reading)) leaked.push(descriptor);
      else closeSync(descriptor);
    }
  }
  return {
    read: async (key, options) => {
      const result = await good.read(key, options);
      return result.status === 'found' ? { ...result, body: holding(result.body, options?.signal) } : result;
    },
    close: async () => {
      for (const descriptor of leaked.splice(0)) closeSync(descriptor);
    },
  };
}
