/** @type {import('./index.mjs').SourceMutant[]} */
export const sweepingMutants = [
  {
    guarantee: 'I-8',
    fault: 'drops a marker and leaves the content it led to',
    source: 'packages/core/src/sweep-pending.ts',
    text: 'if (!dryRun) await storage.delete(key);',
    replacement: '',
    test: 'packages/core/src/sweep-pending.test.ts',
  },
  {
    guarantee: 'I-8',
    fault: 'leaves every tombstone',
    source: 'packages/core/src/sweep-pending.ts',
    text: 'if (!capabilities.conditionalDelete && !exclusive) return dropMarker(space, marker, removed);',
    replacement: 'if (!exclusive) return dropMarker(space, marker, removed);',
    test: 'packages/core/src/sweep-pending.test.ts',
  },
  {
    guarantee: 'I-22',
    fault: 'removes content although the record names it',
    source: 'packages/core/src/sweep-pending.ts',
    text: 'if (isArtifact(current) && contentRevision(current.record) === marker.revision) return dropMarker(space, marker);',
    replacement: '',
    test: 'packages/core/src/sweep-pending.test.ts',
  },
  {
    guarantee: 'I-22',
    fault: 'believes a marker about when a record expires',
    source: 'packages/core/src/sweep-expiry.ts',
    text: 'if (!isPast(expiresAt, surely)) return moveMarker(space, marker, expiryKey(expiresAt, revision, id));',
    replacement: '',
    test: 'packages/core/src/sweep-expiry.test.ts',
  },
  {
    guarantee: 'I-22',
    fault: 'removes whatever is there by then',
    source: 'packages/core/src/sweep-pending.ts',
    text: 'await storage.delete(recordKey(id), capabilities.conditionalDelete ? info.version : undefined);',
    replacement: 'await storage.delete(recordKey(id));',
    test: 'packages/core/src/sweep-pending.test.ts',
  },
];
