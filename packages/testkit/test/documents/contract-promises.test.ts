import { describe, expect, test } from 'vitest';

import { contractRules } from '../../src/contract-rules.ts';
import { storeRules } from '../../src/store-rules.ts';
import { readText } from './document.ts';

/** Says what a thing is, and promises nothing. */
const definition = { notShown: 'a definition' } as const;

interface Shown {
  /** Titles of rules, or their beginnings. */
  readonly rules: readonly string[];
}

/** Every sentence of the contract's docstrings, and what shows it. */
const promises: Readonly<Record<string, Shown | { readonly notShown: string }>> = {
  'The contract between the store and a storage medium.': definition,
  "A backend stores bytes under keys and nothing else: ids, limits, digests, signatures, expiry and events are the store's.":
    { rules: ['no byte is interpreted'] },
  '`@artifacts/testkit` holds one rule for every promise below.': { notShown: 'this test shows it' },
  'Keys are made by core, from the alphabet `[a-z0-9._/=-]`, 1 to 1,024 bytes, with no empty, `.` or `..` segment.': {
    rules: ['keys up to the longest', 'what core would not make a key of'],
  },
  'A backend never escapes, folds or interprets a key or a byte.': {
    rules: ['odd but valid keys', 'an object and objects below its key', 'no byte is interpreted'],
  },
  'The version of this contract.': { rules: ['a backend states version 1 of the contract'] },
  'A store refuses a version it does not know.': { rules: ['a store refuses a backend of a contract'] },
  'A short name for error messages and metric labels, such as `local` or `s3`.': {
    rules: ['the name is a short token'],
  },
  'What this backend can promise.': { rules: ['the capabilities are three booleans'] },
  'Claims only: the testkit checks each claim and each denial.': { rules: ['without createIfAbsent a write'] },
  'May do requests and leave nothing behind; the store asks once, before its first write, and a reader never asks.': {
    rules: ['asking for the capabilities leaves nothing', 'reading works where nothing may be written'],
  },
  'Stores `body` under `key`, all or nothing: until it resolves, readers see the previous object or none, and for ever if it rejects.':
    {
      rules: [
        'bytes of any size come back',
        'until a write resolves readers see no object',
        'until a write resolves readers see the previous object',
        'a body that throws leaves',
        'readers during overwrites see whole objects',
        'a process that is killed in the middle of a write',
      ],
    },
  'Only a lost answer may leave the whole new object behind, and never a part of it: an abort, an error that is `retryable`, or one that is not an `ArtifactError`.':
    { rules: ['a write aborted at any moment leaves the old object or the new one'] },
  'Once it resolves, every reader sees the new object and it is as durable as the backend promises.': {
    rules: ['what one handle wrote the other reads', 'what one process wrote or deleted every other sees'],
  },
  'When iterating `body` throws, `write` rejects with that very error and stores nothing.': {
    rules: ['a body that throws makes the write reject', 'a body that throws leaves nothing visible'],
  },
  'The backend iterates `body` once and to its end, pulls no faster than it stores, and may keep no reference to a chunk once the next one was asked for.':
    { rules: ['a body is iterated once, one chunk at a time', 'a stream may fill the same buffer again'] },
  'A body rejects when the `signal` of the call aborts, so a backend never has to watch a stalled body.': {
    rules: ['a write aborted while its body waits settles'],
  },
  '@throws `PRECONDITION_FAILED` when `condition` does not hold, `UNSUPPORTED` when it cannot be checked, `INVALID_ARGUMENT` when a condition comes with a body that is not a `Uint8Array`, or when `size` is given and the body has another length.':
    {
      rules: [
        'a write with absent is refused while an object is present',
        'a write with another version is refused',
        'a version that means any object elsewhere',
        'without compareAndSwap a write',
        'a version with a body that is a stream is refused',
        'a body of another length than declared',
      ],
    },
  'Finds the object under `key`.': { rules: ['bytes of any size come back'] },
  'Absence is a result, not an error.': {
    rules: ['absence is a result and not an error', 'a folder of objects is not'],
  },
  'Nothing is held open until the `body` is iterated, which may be done once; whatever it holds is released when the iteration ends, throws, is left early or is aborted.':
    {
      rules: [
        'a thousand bodies that nobody reads',
        'bodies that are left early hold nothing',
        'bodies that are aborted or read to their end',
      ],
    },
  'Iterating rejects with `SUPERSEDED` when the object is no longer the one `info` describes: bytes of two versions are never mixed.':
    { rules: ['an object replaced before its body', 'an object replaced while its body', 'an object deleted before'] },
  'A chunk belongs to whoever got it: it is never filled again, and changing it changes nothing stored.': {
    rules: ['a chunk that was read keeps its bytes', 'what a reader does to the bytes it got'],
  },
  'Removes the object under `key`.': { rules: ['a deleted object is absent', 'a delete with the present version'] },
  'An absent object is not an error, with and without a condition.': {
    rules: ['deleting an absent object is no error', 'a delete with a version of an absent object'],
  },
  '@throws `PRECONDITION_FAILED` when `condition` does not hold, `UNSUPPORTED` when `conditionalDelete` is not claimed.':
    {
      rules: ['a delete with another version is refused', 'without conditionalDelete a delete'],
    },
  'Every object whose key starts with `prefix`, in ascending byte order of keys.': {
    rules: [
      'a listing is in byte order',
      'a listing in pages of one object',
      'a listing that gets one or two objects at a time',
      'a listing of 2,500 objects',
      'a prefix is any start of a key',
    ],
  },
  'An object present during the whole listing appears exactly once; one that comes or goes meanwhile may or may not appear.':
    { rules: ['what is there during the whole listing', 'an object replaced while it is listed'] },
  'Memory does not grow with the number of objects beyond what the medium itself returns at once.': {
    notShown: 'how much a medium returns is not known here: a backend has benchmarks of its own',
  },
  'Discards what interrupted writes that began before `before` left behind (staging files, multipart uploads), and never anything a write in progress still needs.':
    {
      rules: [
        'discarding unfinished writes keeps',
        'discarding unfinished writes never harms',
        'after failed writes were',
      ],
    },
  'Rejects unless the medium is reachable and the rights needed are there.': {
    rules: ['check resolves on a storage', 'check rejects where the medium cannot be used'],
  },
  'Reads only.': { rules: ['check resolves on a storage that is in order, and only reads'] },
  'Releases what this backend opened itself, never an injected client.': {
    rules: ['handles that were used and closed hold nothing', 'a handle works on after the other was closed'],
  },
  'May be called more than once.': { rules: ['a backend may be closed more than once'] },
  'What a backend can promise.': definition,
  'What it does not claim it refuses with `UNSUPPORTED`; it never pretends.': {
    rules: ['without createIfAbsent a write', 'without compareAndSwap a write', 'without conditionalDelete a delete'],
  },
  'Of any number of concurrent writes with `{ absent: true }` exactly one succeeds.': {
    rules: ['of sixteen concurrent creates exactly one', 'of sixteen concurrent creates from four processes'],
  },
  'Of any number of concurrent writes with the same `{ version }` exactly one succeeds.': {
    rules: [
      'of sixteen concurrent swaps of one version exactly',
      'of sixteen concurrent swaps of one version from four',
    ],
  },
  'A delete with `{ version }` is atomic, also against a concurrent conditional write.': {
    rules: [
      'a conditional delete and a conditional write of one version never',
      'a conditional delete and a conditional write of one version from two processes',
    ],
  },
  'Options of every call.': definition,
  "An aborted call settles within a second, with the signal's reason, and one that was aborted before does nothing.": {
    rules: [
      'a call whose signal is already aborted',
      'a call aborted while it runs',
      'a body aborted',
      'a listing aborted',
    ],
  },
  'A call that has ended leaves no listener on the signal.': { rules: ['a call that ended leaves no listener'] },
  'What must hold of the object under the key for a write to happen.': definition,
  'The exact size of `body` in bytes, when known.': {
    rules: ['a declared size or an upper bound', 'a body of another'],
  },
  'An upper bound of the size in bytes, when the size is not known.': { rules: ['a declared size or an upper bound'] },
  'The artifact is retained until then.': definition,
  'A medium with a protection of its own may keep the bytes from being destroyed that long; it must still overwrite and delete the object when it is asked to.':
    { rules: ['what is written as retained is replaced and deleted'] },
  'Others ignore it: the store keeps retention itself.': { rules: ['retention refuses overwrite and delete'] },
  'What was stored.': definition,
  'In bytes.': { rules: ['write, read and list give the same version and size'] },
  'Names the stored bytes: different bytes under one key never share a version, equal bytes may.': {
    rules: [
      'different bytes never share a version, however',
      'different bytes never share a version with what was deleted',
    ],
  },
  'Opaque, at most 256 printable ASCII characters.': { rules: ['a version is 1 to 256 printable'] },
  'One stored object.': definition,
  "When it was written, by the medium's clock.": { rules: ['modifiedAt is when the object was written'] },
  'The bytes `[start, end)`, honoured exactly.': { rules: ['a range gives exactly its bytes', 'a range of no bytes'] },
  "`end` past the object is its end, `start` past it gives an empty body; `info.size` is always the whole object's.": {
    rules: ['a range that ends past the object', 'a range that starts past the object', 'a range describes the same'],
  },
  'Answer `unchanged`, without a body, when the object still has this version.': {
    rules: ['a read that only wants changes says unchanged', 'a read that only wants changes gives the object'],
  },
  'Any start of a key, not a folder; empty for all.': { rules: ['a prefix is any start of a key and not a folder'] },
  'An exclusive start: only keys after it.': {
    rules: ['a listing goes on after any key', 'a prefix and a start hold'],
  },
  'Need not exist.': { rules: ['a listing goes on after any key, whether or not it exists'] },
};

function sentencesOf(code: string): string[] {
  const comments = [...code.matchAll(/\/\*\*(.*?)\*\//gs)].map(([, comment = '']) =>
    comment
      .replaceAll(/\n\s*\*?/g, ' ')
      .replaceAll(/\s+/g, ' ')
      .trim(),
  );
  return [...new Set(comments.flatMap((comment) => comment.split(/(?<=\.) (?=[A-Z@`])/)))];
}

describe('the contract', () => {
  test('promises nothing that is not shown by a rule, or said not to be', () => {
    expect(Object.keys(promises).toSorted()).toEqual(sentencesOf(readText('packages/core/src/backend.ts')).toSorted());
  });

  test('is shown by rules that there are', () => {
    const titles = [...contractRules, ...storeRules].map(({ title }) => title);
    const named = Object.values(promises).flatMap((shown) => ('rules' in shown ? shown.rules : []));

    expect(named.filter((start) => !titles.some((title) => title.startsWith(start)))).toEqual([]);
  });
});
