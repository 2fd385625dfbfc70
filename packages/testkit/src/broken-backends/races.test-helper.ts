import type { ArtifactBackend } from '@artifacts/core';

import type { Capability } from '../rule.ts';
import { type BrokenBackend, pause, refuse, versionOf } from './broken-backend.test-helper.ts';
import { has, ignoring } from './ignoring.test-helper.ts';

/** Faults in races, and in denying what is not claimed. */
export const brokenRaces: readonly BrokenBackend[] = [
  {
    fault: 'looks first and then creates',
    caughtBy: 'of sixteen concurrent creates exactly one wins',
    breaks: (good) => ({ write: lookingFirst(good, 'absent') }),
  },
  {
    fault: 'looks first and then swaps',
    caughtBy: 'of sixteen concurrent swaps of one version exactly one wins',
    breaks: (good) => ({ write: lookingFirst(good, 'version') }),
  },
  {
    fault: 'loses counts because it looks first and then swaps',
    caughtBy: 'a counter that eight workers raise by compare and swap loses no step',
    breaks: (good) => ({ write: lookingFirst(good, 'version') }),
  },
  {
    fault: 'looks first and then deletes',
    caughtBy: 'a conditional delete and a conditional write of one version never both succeed',
    breaks: (good) => ({
      delete: async (key, options) => {
        const found = await versionOf(good, key);
        if (options?.condition && found !== undefined && found !== options.condition.version)
          refuse('PRECONDITION_FAILED');
        await pause();
        await good.delete(key, { signal: options?.signal });
      },
    }),
  },
  {
    fault: 'lets a second create in while the first is being stored',
    caughtBy: 'a lock made of conditional create and conditional delete has one holder at a time',
    breaks: (good) => ({
      write: lookingFirst(good, 'absent'),
      delete: (key, options) => good.delete(key, { signal: options?.signal }),
    }),
  },
  {
    fault: 'gives losers of a race an error of the server',
    caughtBy: 'of sixteen concurrent creates exactly one wins',
    breaks: (good) => ({
      write: (key, body, options) =>
        good
          .write(key, body, options)
          .catch((error: unknown) => (options?.condition ? refuse('BACKEND') : Promise.reject(error))),
    }),
  },
  {
    fault: 'denies createIfAbsent and writes all the same',
    caughtBy: 'without createIfAbsent a write with absent is refused as unsupported and changes nothing',
    breaks: (good) => ({ ...claiming(good, 'createIfAbsent'), write: ignoring(good, 'absent') }),
  },
  {
    fault: 'denies compareAndSwap and writes all the same',
    caughtBy: 'without compareAndSwap a write with a version is refused as unsupported and changes nothing',
    breaks: (good) => ({ ...claiming(good, 'compareAndSwap'), write: ignoring(good, 'version') }),
  },
  {
    fault: 'denies conditionalDelete and deletes all the same',
    caughtBy: 'without conditionalDelete a delete with a version is refused as unsupported and deletes nothing',
    breaks: (good) => ({ ...claiming(good, 'conditionalDelete'), delete: (key) => good.delete(key) }),
  },
];

type Write = ArtifactBackend['write'];

export function lookingFirst(good: ArtifactBackend, kind: 'absent' | 'version'): Write {
  return async (key, body, options) => {
    const { condition } = options ?? {};
    if (condition === undefined || !has(condition, kind)) return good.write(key, body, options);
    const found = await versionOf(good, key);
    if (found !== ('version' in condition ? condition.version : undefined)) refuse('PRECONDITION_FAILED');
    await pause();
    return good.write(key, body, { ...options, condition: undefined });
  };
}

function claiming(good: ArtifactBackend, denied: Capability): Partial<ArtifactBackend> {
  return { capabilities: async (options) => ({ ...(await good.capabilities(options)), [denied]: false }) };
}
