import assert from 'node:assert/strict';

import { describe, test } from 'vitest';

import { type Artifact, describeArtifact, type Role } from './client.ts';
import { type Event, isLinearisable } from './linearise.ts';
import { type Operation, operations, type Outcome } from './operations.ts';

const { uploadSmall, createSmall, replaceRevision, download, list, hold } = operations;

const initial = stored(uploadSmall, undefined, 'i');
const byA = stored(uploadSmall, initial, 'a');
const byB = stored(uploadSmall, initial, 'b');
const bOverA = stored(uploadSmall, byA, 'b');

describe('histories that some order explains', () => {
  const good: Record<string, [Event[], Artifact | undefined, Artifact | undefined]> = {
    'two uploads, one over the other': [[ok('a', uploadSmall, byA), ok('b', uploadSmall, bOverA)], initial, bOverA],
    'of two creates one won': [
      [ok('a', createSmall, stored(createSmall, undefined, 'a')), refused('b', createSmall, 'ALREADY_EXISTS')],
      undefined,
      stored(createSmall, undefined, 'a'),
    ],
    'a crashed upload that happened': [[crashed('a', uploadSmall)], initial, byA],
    'a crashed upload that did not happen': [[crashed('a', uploadSmall)], initial, initial],
    'an unknown outcome under a success': [
      [refused('a', uploadSmall, 'OUTCOME_UNKNOWN'), ok('b', uploadSmall, bOverA)],
      initial,
      bOverA,
    ],
    'a reader that a writer overtook': [
      [refused('a', download, 'SUPERSEDED'), ok('b', uploadSmall, byB)],
      initial,
      byB,
    ],
  };
  for (const [title, [events, before, then]] of Object.entries(good)) {
    test(`I-15 ${title}`, () => assert.ok(isLinearisable(events, before, then)));
  }
});

describe('histories that no order explains', () => {
  const bad: Record<string, [Event[], Artifact | undefined, Artifact | undefined]> = {
    'a lost update: both replaced the same version': [
      [ok('a', uploadSmall, byA), ok('b', uploadSmall, byB)],
      initial,
      byB,
    ],
    'two creates that both won': [
      [
        ok('a', createSmall, stored(createSmall, undefined, 'a')),
        ok('b', createSmall, stored(createSmall, undefined, 'b')),
      ],
      undefined,
      stored(createSmall, undefined, 'b'),
    ],
    'two swaps of one revision that both won': [
      [
        ok('a', replaceRevision, stored(replaceRevision, initial, 'a')),
        ok('b', replaceRevision, stored(replaceRevision, initial, 'b')),
      ],
      initial,
      stored(replaceRevision, initial, 'b'),
    ],
    'an acknowledged upload that is not there': [[ok('a', uploadSmall, byA)], initial, initial],
    'a refused upload that is there': [[refused('a', uploadSmall, 'UNAVAILABLE')], initial, byA],
    'a refusal that nothing explains': [[refused('a', createSmall, 'ALREADY_EXISTS')], undefined, undefined],
    'a deleted artifact that came back': [
      [value('a', operations.delete, 'true'), value('b', operations.delete, 'true')],
      initial,
      undefined,
    ],
    'a stale read after an acknowledged write': [
      [ok('a', uploadSmall, byA), { ...value('b', list, describeArtifact(initial)), after: new Set([0]) }],
      initial,
      byA,
    ],
    'a read of what is written only later': [
      [{ ...ok('a', uploadSmall, byA), after: new Set([1]) }, value('b', list, describeArtifact(byA))],
      initial,
      byA,
    ],
    'an overwritten hold': [
      [ok('a', hold, stored(hold, initial, 'a')), { ...ok('b', uploadSmall, byB), after: new Set([0]) }],
      initial,
      byB,
    ],
    'a reader superseded with nobody writing': [
      [refused('a', download, 'SUPERSEDED'), value('b', list, describeArtifact(initial))],
      initial,
      initial,
    ],
    'a crashed upload that began after a delete and yet was deleted': [
      [value('a', operations.delete, 'true'), { ...crashed('b', uploadSmall), after: new Set([0]) }],
      undefined,
      undefined,
    ],
  };
  for (const [title, [events, before, then]] of Object.entries(bad)) {
    test(`I-15 ${title}`, () => assert.ok(!isLinearisable(events, before, then)));
  }
});

function stored(operation: Operation, found: Artifact | undefined, role: Role): Artifact {
  const allowed = operation.model(found, role);
  assert.ok('next' in allowed && allowed.next !== undefined);
  return allowed.next;
}

function event(role: Role, operation: Operation, outcome: Outcome | undefined): Event {
  return { role, operation, outcome, after: new Set() };
}

function ok(role: Role, operation: Operation, result: Artifact): Event {
  return value(role, operation, describeArtifact(result));
}

function value(role: Role, operation: Operation, result: string): Event {
  return event(role, operation, { value: result });
}

function refused(
  role: Role,
  operation: Operation,
  code: 'ALREADY_EXISTS' | 'OUTCOME_UNKNOWN' | 'SUPERSEDED' | 'UNAVAILABLE',
): Event {
  return event(role, operation, { code });
}

function crashed(role: Role, operation: Operation): Event {
  return event(role, operation, undefined);
}
