import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';

import { ArtifactError, type VerificationKeys } from '@artifacts/core';

import { isHead } from './checkpoint.ts';
import { failureOf } from './failures.ts';
import type { AuditHead } from './line.ts';
import { LogFiles } from './log-files.ts';
import { rawLines, type RawLine } from './raw-lines.ts';
import type { AuditReport } from './report.ts';
import { Verification } from './verification.ts';

export interface VerifyAuditLogOptions {
  /** The file that the log was written to; those that were rotated are found beside it. */
  readonly file?: string | undefined;
  /** The files of one log in their order, in the place of `file`. */
  readonly files?: readonly string[] | undefined;
  /** The keys that checkpoints may be signed with. Public keys suffice. */
  readonly keyring: VerificationKeys;
  /** A line that must be there, as `head`, `checkpoint()` or `close()` of the log gave it, and somebody kept elsewhere. */
  readonly head?: AuditHead | undefined;
  /** The line before the first of these files, where older ones were put away. By default the log begins here. */
  readonly from?: AuditHead | undefined;
}

/**
 * Reads a log, and tells what in it was edited, deleted, inserted or moved, where, and how far signatures vouch for it. Memory grows
 * with the lines between two checkpoints, not with the log. Nothing is written, so it may be run beside whoever writes.
 *
 * @throws `INVALID_ARGUMENT`; `ACCESS_DENIED`, `BACKEND` and their like when a file cannot be read; `UNAVAILABLE` when keys cannot
 */
export async function verifyAuditLog(options: VerifyAuditLogOptions): Promise<AuditReport> {
  const { file, files, keyring, head, from } = options;
  if ((file === undefined) === (files === undefined)) throw refused('file', 'or files is needed, and not both');
  if (file !== undefined && (typeof file !== 'string' || file === '')) throw refused('file', 'is no path');
  if (files !== undefined && !(Array.isArray(files) && files.every((path) => typeof path === 'string')))
    throw refused('files', 'is no list of paths');
  if (typeof keyring?.find !== 'function') throw refused('keyring', 'is missing: give the keys of the store');
  for (const [field, value] of Object.entries({ head, from }))
    if (value !== undefined && !isHead(value)) throw refused(field, 'is no head of an audit log');
  if (head !== undefined && from !== undefined && head.sequence < from.sequence)
    throw refused('head', 'comes before from: it is in files that were put away');
  const verification = new Verification({ keyring, head, from });
  for await (const [path, number, line] of linesOf(file, files)) await verification.take(path, number, line);
  return verification.report();
}

/** Every line of the files, with its place. */
async function* linesOf(
  file: string | undefined,
  files: readonly string[] | undefined,
): AsyncGenerator<readonly [path: string, number: number, line: RawLine], void, undefined> {
  let active: FileHandle | undefined;
  try {
    const found = file === undefined ? { paths: files ?? [] } : await filesOf(file);
    if ('active' in found) active = found.active;
    const sources = found.paths.map((path): [string, () => Readable] => [path, () => createReadStream(path)]);
    const last = active;
    if (file !== undefined && last !== undefined)
      sources.push([file, () => createReadStream(file, { fd: last.fd, autoClose: false })]);
    for (const [path, read] of sources) {
      let number = 0;
      for await (const line of rawLines(read())) {
        number += 1;
        yield [path, number, line];
      }
    }
  } catch (error) {
    throw failureOf(error, 'read');
  } finally {
    await active?.close();
  }
}

/** The file that is written to may be rotated at any moment: it is opened, and then nothing may have come before it. */
async function filesOf(
  file: string,
): Promise<{ readonly paths: readonly string[]; readonly active: FileHandle | undefined }> {
  const log = new LogFiles(file);
  for (;;) {
    const paths = await log.listRotated();
    const active = await openIfThere(file);
    if ((await log.listRotated()).length === paths.length) return { paths, active };
    await active?.close();
  }
}

async function openIfThere(file: string): Promise<FileHandle | undefined> {
  try {
    return await open(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function refused(field: string, problem: string): ArtifactError {
  return new ArtifactError('INVALID_ARGUMENT', `${field} ${problem}`, { field });
}
