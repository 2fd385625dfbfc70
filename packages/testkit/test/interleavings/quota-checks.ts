import type { Check } from './check.ts';
import { describeUsage } from './view.ts';

/** The quota of every race that has one: room for one large content and one small. */
export const quota = { maxBytes: 13, maxCount: 2 };

export const quotaKept: Check = {
  title: 'what is committed never exceeds the quota',
  guarantee: 'I-18',
  broken: ({ view: { usage } }) => {
    const { bytes = 0, count = 0 } = usage?.there ?? {};
    return bytes <= quota.maxBytes && count <= quota.maxCount ? undefined : `${bytes} bytes in ${count} artifacts`;
  },
};

export const usageExact: Check = {
  title: 'the ledger says exactly what is there, whoever crashed',
  guarantee: 'I-18',
  broken: ({ view: { usage } }) => {
    if (usage === undefined) return 'there is no ledger';
    const there = describeUsage(usage.there);
    return 'value' in usage.said && usage.said.value === there
      ? undefined
      : `${JSON.stringify(usage.said)}, not ${there}`;
  },
};

export const nothingHeld: Check = {
  title: 'when nothing crashed, nothing stays reserved',
  guarantee: 'I-7',
  broken: ({ medium, disturbed }) => {
    const bytes = medium.objects.get('ledger/usage')?.bytes;
    if (disturbed || bytes === undefined) return undefined;
    const { payload } = JSON.parse(Buffer.from(bytes).toString()) as { payload: string };
    const { reservations } = JSON.parse(Buffer.from(payload, 'base64').toString()) as { reservations: unknown[] };
    return reservations.length === 0 ? undefined : JSON.stringify(reservations);
  },
};

export const admitted: Check = {
  title: 'of uploads alone at least one is admitted',
  guarantee: 'I-18',
  broken: ({ events, view: { usage } }) => {
    const refused = events.every(
      ({ outcome }) => outcome !== undefined && 'code' in outcome && outcome.code === 'QUOTA_EXCEEDED',
    );
    return refused && usage?.there.count === 0 ? 'all were refused, and nothing is there' : undefined;
  },
};
