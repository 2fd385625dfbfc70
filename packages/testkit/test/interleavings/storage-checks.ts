import type { Check } from './check.ts';
import { artifactId, describeArtifact, recordKey, unverifiable } from './client.ts';
import type { Medium } from './medium.ts';
import { isLive } from './operations.ts';

// What lies in storage afterwards.

export const readable: Check = {
  title: 'what is there afterwards is one committed version, whole',
  guarantee: 'I-6',
  broken: ({ initial, view: { artifact, download, problem } }) => {
    if (artifact === unverifiable) return initial === unverifiable ? undefined : problem;
    if (!isLive(artifact)) {
      const code = artifact === undefined ? 'NOT_FOUND' : 'EXPIRED';
      return 'code' in download && download.code === code ? undefined : `${JSON.stringify(download)}, not ${code}`;
    }
    const expected = `${artifact.content} of ${describeArtifact(artifact)}`;
    return 'value' in download && download.value === expected
      ? undefined
      : `${JSON.stringify(download)}, not ${expected}`;
  },
};

export const nothingLeaked: Check = {
  title: 'every content is named by the record or by a pending marker',
  guarantee: 'I-8',
  broken: ({ medium, view }) => {
    for (const key of medium.objects.keys()) {
      if (!key.startsWith('content/') || key === view.contentKey) continue;
      const revision = key.slice(key.lastIndexOf('/') + 1);
      if (!pendingRevisions(medium).includes(revision)) return `nothing leads to ${key}`;
    }
    return undefined;
  },
};

export const tombstonesEnd: Check = {
  title: 'a pending marker leads to every tombstone',
  guarantee: 'I-8',
  broken: ({ medium, view }) =>
    view.tombstone && pendingRevisions(medium).length === 0 ? 'nothing leads to the tombstone' : undefined,
};

export const expiryFound: Check = {
  title: 'an expiry marker leads to every record that expires',
  guarantee: 'I-21',
  broken: ({ medium, view: { artifact, revision } }) => {
    if (artifact?.expiresAt === undefined) return undefined;
    // A sweep that came too early has put another time in front.
    const key = new RegExp(`^expiry/\\d{13}-${revision}/${artifactId}$`);
    return [...medium.objects.keys()].some((found) => key.test(found)) ? undefined : `${key} is missing`;
  },
};

export const held: Check = {
  title: 'a held artifact is neither overwritten nor deleted, except by an update',
  guarantee: 'Retention',
  broken: ({ events, initial, view }) => {
    if (initial?.hold !== true || events.some(({ operation }) => operation.releases === true)) return undefined;
    return view.artifact?.content === initial.content && view.artifact.hold
      ? undefined
      : `${describeArtifact(initial)} became ${describeArtifact(view.artifact)}`;
  },
};

export const tidy: Check = {
  title: 'when nothing crashed, nothing stays behind but what a pending marker leads to',
  guarantee: 'I-7',
  broken: ({ medium, view, disturbed }) => {
    if (disturbed) return undefined;
    const { artifact, revision, contentKey } = view;
    const own = contentKey?.slice(contentKey.lastIndexOf('/') + 1);
    for (const key of medium.objects.keys()) {
      if (key === recordKey || key === 'store.json' || key.startsWith('content/')) continue;
      if (key.startsWith('pending/')) {
        if (pendingRevisionOf(key) === own) return `${key} is about content that is in use`;
      } else if (!key.startsWith('expiry/') || artifact?.expiresAt === undefined || !key.includes(`-${revision}/`)) {
        return `${key} stayed behind`;
      }
    }
    return undefined;
  },
};

export const sweptClean = sweptUp('once all is over and swept, there is what is live and nothing else', false);

/** Where there is no conditional delete. */
export const sweptButTombstones = sweptUp('once all is over and swept, there is what is live, or a tombstone', true);

function sweptUp(title: string, tombstones: boolean): Check {
  return {
    title,
    guarantee: 'I-8',
    broken: async ({ view: { artifact, contentKey }, later }) => {
      const { objects } = await later();
      const stays = artifact !== undefined && (artifact.hold || artifact.expiresAt === undefined);
      const live = [recordKey, ...(contentKey === undefined ? [] : [contentKey])];
      const missing = stays ? live.find((key) => !objects.has(key)) : undefined;
      if (missing !== undefined) return `${missing} is gone`;
      for (const key of objects.keys()) {
        const leads = key.startsWith('expiry/') && artifact?.expiresAt !== undefined;
        const isTombstone = !stays && tombstones && key === recordKey;
        if (isTombstone || (stays && (live.includes(key) || leads))) continue;
        return `${key} stayed behind`;
      }
      return undefined;
    },
  };
}

function pendingRevisions(medium: Medium): string[] {
  return [...medium.objects.keys()].filter((key) => key.startsWith('pending/')).map(pendingRevisionOf);
}

function pendingRevisionOf(key: string): string {
  return key.split('/')[2] ?? '';
}
