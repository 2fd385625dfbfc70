import type { BackendCapabilities, WriteCondition } from '@artifacts/core';

import type { Call } from './call.ts';
import type { Check } from './check.ts';
import { sweepChecks, sweepChecksWithoutDelete } from './checks.ts';
import { recordKey } from './client.ts';
import type { RaceState } from './initial-states.ts';
import { type Behaviour, honest } from './medium.ts';
import { deletingUnverified, type Operation, operations, sweeping } from './operations.ts';
import type { RaceOptions } from './races.ts';

/** A storage, or a protocol on its way to storage, with one fault, and a race that shows it. */
export interface BrokenStorage {
  readonly fault: string;
  readonly behaviour: Behaviour;
  readonly options?: RaceOptions;
  readonly state: RaceState;
  readonly race: readonly Operation[];
  /** The guarantee that breaks. */
  readonly breaks: Check['guarantee'];
}

const {
  uploadSmall,
  uploadLarge,
  createSmall,
  createLarge,
  replaceRevision,
  uploadExpiring,
  hold,
  download,
  delete: remove,
} = operations;
const writesRecord = (call: Call) => call.kind === 'write' && call.key === recordKey;
const lostRecords = { lost: { count: 1, of: writesRecord } };
const noSwap: Partial<BackendCapabilities> = { compareAndSwap: false, conditionalDelete: false };

export const brokenStorages: readonly BrokenStorage[] = [
  {
    fault: 'creates over what is there',
    behaviour: changed((call) => withoutCondition(call, (condition) => 'absent' in condition)),
    state: 'absent',
    race: [createSmall, createSmall],
    breaks: 'I-13',
  },
  {
    fault: 'creates over what is there, and so over a hold',
    behaviour: changed((call) => withoutCondition(call, (condition) => 'absent' in condition)),
    state: 'held',
    race: [createSmall, download],
    breaks: 'Retention',
  },
  {
    fault: 'swaps whatever the version is',
    behaviour: changed((call) => withoutCondition(call, (condition) => 'version' in condition)),
    state: 'large',
    race: [replaceRevision, replaceRevision],
    breaks: 'I-14',
  },
  {
    fault: 'overwrites a hold that came meanwhile',
    behaviour: changed((call) => withoutCondition(call, (condition) => 'version' in condition)),
    state: 'large',
    race: [hold, uploadSmall],
    breaks: 'I-15',
  },
  {
    fault: 'forgets pending markers',
    behaviour: swallowing((call) => call.kind === 'write' && call.key.startsWith('pending/')),
    state: 'large',
    race: [uploadSmall, download],
    breaks: 'I-8',
  },
  {
    fault: 'forgets expiry markers',
    behaviour: swallowing((call) => call.kind === 'write' && call.key.startsWith('expiry/')),
    state: 'absent',
    race: [uploadExpiring, download],
    breaks: 'I-21',
  },
  {
    fault: 'forgets content',
    behaviour: swallowing((call) => call.kind === 'write' && call.key.startsWith('content/')),
    state: 'absent',
    race: [uploadLarge, download],
    breaks: 'I-6',
  },
  {
    fault: 'keeps no two contents of one artifact apart',
    behaviour: changed((call) =>
      'key' in call && call.key.startsWith('content/')
        ? { ...call, key: call.key.slice(0, call.key.lastIndexOf('/')) }
        : call,
    ),
    state: 'large',
    race: [uploadLarge, uploadLarge],
    breaks: 'I-6',
  },
  {
    fault: 'never deletes a marker',
    behaviour: swallowing((call) => call.kind === 'delete' && call.key.startsWith('pending/')),
    state: 'absent',
    race: [uploadLarge, createLarge],
    breaks: 'I-7',
  },
  {
    fault: 'leaves half of the content',
    behaviour: changed((call) =>
      call.kind === 'write' && call.key.startsWith('content/') ? { ...call, bytes: call.bytes.subarray(0, 5) } : call,
    ),
    state: 'absent',
    race: [uploadLarge, download],
    breaks: 'I-6',
  },
  {
    fault: 'deletes whatever the version is',
    behaviour: changed((call) => (call.kind === 'delete' ? { kind: 'delete', key: call.key } : call)),
    state: 'unverifiable',
    race: [deletingUnverified, deletingUnverified, uploadLarge],
    breaks: 'I-8',
  },
  {
    fault: 'deletes plainly instead of leaving a tombstone',
    behaviour: (media, medium, call) => {
      const step = honest(media, medium, call);
      const buried = step.medium !== medium && call.kind === 'write' && isTombstone(call);
      return buried ? { ...step, medium: media.remove(step.medium, call.key) } : step;
    },
    options: lostRecords,
    state: 'absent',
    race: [uploadLarge, remove],
    breaks: 'I-6',
  },
  {
    fault: 'refuses a swap that it has made',
    behaviour: (media, medium, call) => {
      const step = honest(media, medium, call);
      const swapped = call.kind === 'write' && call.condition !== undefined && 'version' in call.condition;
      return swapped ? { ...step, answer: { kind: 'failed', code: 'PRECONDITION_FAILED' } } : step;
    },
    state: 'small',
    race: [replaceRevision, download],
    breaks: 'I-15',
  },
  {
    fault: 'shows a reader what was there before',
    behaviour: (media, medium, call) => {
      const shadow = `old/${recordKey}`;
      if (call.kind === 'read' && call.key === recordKey) {
        const old = medium.objects.get(shadow);
        if (old !== undefined) return { medium, answer: { kind: 'found', object: old } };
      }
      const step = honest(media, medium, call);
      const old = medium.objects.get(recordKey);
      const replaced = writesRecord(call) && step.medium !== medium && old !== undefined;
      return replaced ? { ...step, medium: media.put(step.medium, shadow, old.bytes) } : step;
    },
    state: 'small',
    race: [replaceRevision, download],
    breaks: 'I-15',
  },
  {
    fault: 'claims creates it cannot do, without compare-and-swap',
    behaviour: changed((call) => withoutCondition(call, () => true)),
    options: { capabilities: noSwap },
    state: 'absent',
    race: [createSmall, createSmall],
    breaks: 'I-13',
  },
  {
    fault: 'deletes whatever the version is, while an expired artifact is swept',
    behaviour: changed((call) => (call.kind === 'delete' ? { kind: 'delete', key: call.key } : call)),
    options: { checks: sweepChecks },
    state: 'expired, of long ago',
    race: [sweeping, uploadSmall],
    breaks: 'I-22',
  },
  {
    fault: 'writes the tombstone of a sweep whatever the version is',
    behaviour: changed((call) =>
      call.kind === 'write' && isTombstone(call) ? { kind: 'write', key: call.key, bytes: call.bytes } : call,
    ),
    options: { capabilities: { conditionalDelete: false }, checks: sweepChecksWithoutDelete },
    state: 'expired',
    race: [sweeping, uploadSmall],
    breaks: 'I-22',
  },
  {
    fault: 'shows markers to a sweep before their time',
    behaviour: (media, medium, call) => {
      const step = honest(media, medium, call);
      if (step.answer.kind !== 'listed') return step;
      const early = step.answer.objects.map(
        ([key, object]) => [key.replace(/\d{13}/, '0000000000001'), object] as const,
      );
      return { ...step, answer: { kind: 'listed', objects: early } };
    },
    options: { checks: sweepChecks },
    state: 'absent',
    race: [sweeping, uploadLarge],
    breaks: 'I-22',
  },
  {
    fault: 'forgets the pending marker of a sweep that crashes',
    behaviour: swallowing((call) => call.kind === 'write' && call.key.startsWith('pending/')),
    options: { crashes: 1, checks: sweepChecks },
    state: 'expired, of long ago',
    race: [sweeping, download],
    breaks: 'I-8',
  },
];

function changed(change: (call: Call) => Call): Behaviour {
  return (media, medium, call) => honest(media, medium, change(call));
}

/** Answers as if it had done what it did not do. */
function swallowing(swallowed: (call: Call) => boolean): Behaviour {
  return (media, medium, call) => {
    const step = honest(media, medium, call);
    return swallowed(call) ? { ...step, medium } : step;
  };
}

function withoutCondition(call: Call, dropped: (condition: WriteCondition) => boolean): Call {
  if (call.kind !== 'write' || call.condition === undefined || !dropped(call.condition)) return call;
  const { condition: _, ...rest } = call;
  return rest;
}

function isTombstone({ bytes }: { readonly bytes: Uint8Array }): boolean {
  return Buffer.from(bytes).includes('artifacts.tombstone');
}
