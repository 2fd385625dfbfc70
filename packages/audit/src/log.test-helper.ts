import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { hmacKeyring, type KeyProvider, type OperationEnd, type OperationStart } from '@artifacts/core';
import { onTestFinished } from 'vitest';

import { auditLog, type AuditLog } from './audit-log.ts';
import { LogFiles } from './log-files.ts';
import type { AuditLogOptions } from './options.ts';

/** 2026-01-01. */
export const startTime = 1_767_225_600_000;

export function keysOf(name: string): KeyProvider {
  return hmacKeyring({ active: name, keys: { [name]: createHash('sha256').update(`secret of ${name}`).digest() } });
}

/** A folder of its own, gone after the test. */
export async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'audit-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export function startOf(n: number, more: Partial<OperationStart> = {}): OperationStart {
  const operationId = `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const id = `build/${n}/app.tgz`;
  return { operationId, operation: 'upload', store: 'main', backend: 'memory', id, startedAt: startTime + n, ...more };
}

export function endOf(n: number, more: Partial<OperationEnd> = {}): OperationEnd {
  const facts = { outcome: 'ok', durationMs: 5, bytes: 10, requests: 1, retries: 0, cacheHits: 0 } as const;
  return { ...startOf(n), ...facts, generation: 1, sha256: 'ab'.repeat(32), ...more };
}

export function logAt(file: string, options: Partial<AuditLogOptions> = {}): AuditLog {
  return auditLog({ file, keyring: keysOf('k1'), fsync: 'never', now: () => startTime, ...options });
}

/** One line of a log, and where it is. */
export interface Line {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

export async function linesOf(file: string): Promise<Line[]> {
  const paths = [...(await new LogFiles(file).listRotated()), file];
  const texts = await Promise.all(paths.map((path) => readFile(path, 'latin1')));
  return texts.flatMap((text, index) => {
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    return lines.map((one, n) => ({ file: paths[index] as string, line: n + 1, text: one }));
  });
}

/** What the lines say, without their places in the chain; a checkpoint as its payload. */
export async function entriesOf(file: string): Promise<Record<string, unknown>[]> {
  return (await linesOf(file)).map(({ text }) => {
    const { payload, seq: _, prev: __, ...members } = JSON.parse(text) as Record<string, unknown>;
    return typeof payload === 'string' ? { type: 'checkpoint' } : members;
  });
}

/** Notes so many operations, from `first` on, as an observer. */
export function note(log: AuditLog, count: number, first = 1): void {
  for (let n = first; n < first + count; n += 1) log.observer.end?.(endOf(n));
}
