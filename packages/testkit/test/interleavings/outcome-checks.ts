import type { Check } from './check.ts';
import { describeArtifact } from './client.ts';
import { isLinearisable } from './linearise.ts';
import { isLive } from './operations.ts';

// What the callers were told.

export const linearisable: Check = {
  title: 'every outcome and the final state follow from some order of the operations',
  guarantee: 'I-15',
  broken: ({ events, initial, view }) =>
    isLinearisable(events, initial, view.artifact)
      ? undefined
      : `no order explains ${events.map(({ outcome }) => JSON.stringify(outcome)).join(' and ')} and in the end ${describeArtifact(view.artifact)}`,
};

const refusals = new Set(['NOT_FOUND', 'EXPIRED', 'SUPERSEDED']);

export const neverMixed: Check = {
  title: 'a reader gets the bytes of the version that its metadata name, or a typed refusal',
  guarantee: 'I-6',
  broken: ({ events }) => {
    for (const { operation, outcome } of events) {
      if (!operation.reads || outcome === undefined) continue;
      if ('code' in outcome) {
        if (!refusals.has(outcome.code) && outcome.code !== 'UNAVAILABLE') return outcome.code;
        continue;
      }
      const [, bytes, content] = /^(.*) of generation \d+ of \w+ "(.*?)"/.exec(outcome.value) ?? [];
      if (bytes !== content) return `bytes "${bytes}" of content "${content}"`;
      if (outcome.value.includes('unknown') || outcome.value.startsWith('threw')) return outcome.value;
    }
    return undefined;
  },
};

export const createOnly: Check = {
  title: 'at most one of the uploads that create succeeds',
  guarantee: 'I-13',
  broken: ({ events, view, initial }) => {
    const winners = events.filter(
      ({ operation, outcome }) => operation.creates === true && outcome !== undefined && 'value' in outcome,
    );
    const others = events.some(({ operation }) => !operation.reads && operation.creates !== true);
    if (winners.length <= 1 || others) return undefined;
    return `${winners.length} of them created ${describeArtifact(view.artifact)} over ${describeArtifact(initial)}`;
  },
};

export const swapOnce: Check = {
  title: 'of the uploads that replace one certain version at most one succeeds',
  guarantee: 'I-14',
  broken: ({ events }) => {
    const winners = events.filter(
      ({ operation, outcome }) => operation.swaps === true && outcome !== undefined && 'value' in outcome,
    );
    return winners.length <= 1 ? undefined : `${winners.length} of them succeeded`;
  },
};

export const lostIsNotLost: Check = {
  title: 'who finds that its own write was applied succeeds, whatever answer was lost',
  guarantee: 'I-17',
  broken: ({ events, initial, view }) => {
    const writers = events.filter(({ operation }) => !operation.reads);
    const [writer] = writers;
    const applied = describeArtifact(view.artifact) !== describeArtifact(initial);
    if (writers.length !== 1 || writer?.outcome === undefined || !applied) return undefined;
    const { operation, role, outcome } = writer;
    const allowed = operation.model(initial, role);
    const expected = 'value' in outcome && 'value' in allowed && allowed.value === outcome.value;
    return expected ? undefined : `${JSON.stringify(outcome)} instead of ${JSON.stringify(allowed)}`;
  },
};

const unexpected = new Set(['OUTCOME_UNKNOWN', 'UNAVAILABLE', 'TIMEOUT', 'BACKEND', 'INTEGRITY', 'ACCESS_DENIED']);

export const honestOutcome: Check = {
  title: 'an outcome is only unknown when something was disturbed',
  guarantee: 'I-10',
  broken: ({ events, disturbed }) => {
    if (disturbed) return undefined;
    const unknown = events.find(
      ({ outcome }) => outcome !== undefined && 'code' in outcome && unexpected.has(outcome.code),
    );
    return unknown === undefined ? undefined : JSON.stringify(unknown.outcome);
  },
};

export const liveStays: Check = {
  title: 'what is live before a sweep, or was stored beside it, is there afterwards',
  guarantee: 'I-22',
  broken: ({ events, initial, view: { artifact, download } }) => {
    if (events.some(({ operation }) => operation.removes === true)) return undefined;
    const stored = events.some(
      ({ operation: { reads, sweeps, keeps }, outcome }) =>
        !reads && sweeps !== true && keeps !== true && outcome !== undefined && 'value' in outcome,
    );
    if (!isLive(initial) && !stored) return undefined;
    return isLive(artifact) && 'value' in download
      ? undefined
      : `${describeArtifact(initial)} became ${describeArtifact(artifact)}, ${JSON.stringify(download)}`;
  },
};
