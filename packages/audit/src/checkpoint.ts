import { signLine, verifySignedLine, type KeyProvider, type VerificationKeys } from '@artifacts/core';

import type { AuditHead, Link } from './line.ts';

const checkpointType = 'application/vnd.artifacts.audit-checkpoint.v1+json';
const ofSha256 = /^[0-9a-f]{64}$/;
const ofLog = /^[0-9a-f]{32}$/;

/** A line as far as its place in the chain goes. */
export interface ReadLine {
  readonly sequence: number;
  /** The digest of the line before. */
  readonly prev: string;
  /** The log that a checkpoint claims to be of; absent on every other line. */
  readonly checkpointOf?: string | undefined;
  /** What the line says; empty for a checkpoint. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** Signs everything up to the line before, as the line that comes next. */
export function sealCheckpoint(keyring: KeyProvider, head: AuditHead, time: number): Promise<Uint8Array> {
  const { log, sequence, sha256: prev } = head;
  const payload = { v: 1, log, seq: sequence + 1, prev, time: new Date(time).toISOString() };
  return signLine(keyring, checkpointType, Buffer.from(JSON.stringify(payload)));
}

/** @throws as `verifySignedLine` does */
export async function verifyCheckpoint(keyring: VerificationKeys, line: Uint8Array): Promise<void> {
  await verifySignedLine(keyring, checkpointType, line);
}

/** What stands in a line, unproven; `undefined` when it is none of a log. */
export function readLine(line: Uint8Array): ReadLine | undefined {
  const members = objectOf(line);
  if (members === undefined) return undefined;
  if (typeof members['payload'] !== 'string') return placed(members, members);
  const payload = objectOf(Buffer.from(members['payload'], 'base64'));
  const log = payload?.['log'];
  if (payload?.['v'] !== 1 || !isLog(log)) return undefined;
  const read = placed(payload, {});
  return read === undefined ? undefined : { ...read, checkpointOf: log };
}

function placed({ seq, prev }: Readonly<Record<string, unknown>>, members: ReadLine['members']): ReadLine | undefined {
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 1) return undefined;
  return typeof prev === 'string' && ofSha256.test(prev) ? { sequence: seq, prev, members } : undefined;
}

function objectOf(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    // What is no JSON is no line of a log, and that is all there is to say of it.
    return undefined;
  }
}

export function isHead(value: unknown): value is AuditHead {
  const { log, sequence, sha256 } = Object(value) as { readonly [Name in keyof AuditHead]: unknown };
  const wellFormed = isLog(log) && typeof sha256 === 'string' && ofSha256.test(sha256);
  return wellFormed && Number.isSafeInteger(sequence) && (sequence as number) >= 0;
}

export function isLog(value: unknown): value is string {
  return typeof value === 'string' && ofLog.test(value);
}

export function follows(line: ReadLine, last: Link): boolean {
  return line.sequence === last.sequence + 1 && line.prev === last.sha256;
}
