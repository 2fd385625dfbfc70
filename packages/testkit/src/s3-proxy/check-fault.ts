import { validateHeaderName, validateHeaderValue } from 'node:http';

import { ArtifactError } from '@artifacts/core';

import type { S3Fault } from './faults.ts';

/** Refuses what could not be carried out: it would look like a failure of the server. */
export function checkFault(fault: S3Fault): void {
  switch (fault.fault) {
    case 'answer':
      checkNumber('status', fault.status, 200, 999);
      if (fault.code !== undefined && !/^\w+$/.test(fault.code)) throw refused('code', 'is no word');
      return checkHeaders(fault.headers ?? {});
    case 'changeResponseHeaders':
      return checkHeaders(fault.headers);
    case 'truncate':
      return checkNumber('atByte', fault.atByte, 0);
    case 'stall':
    case 'corrupt':
      checkBody(fault.of);
      return checkNumber('atByte', fault.atByte, 0);
    case 'trickle':
      checkBody(fault.of);
      checkNumber('everyMs', fault.everyMs, 0);
      return checkNumber('bytes', fault.bytes, 1);
    case 'lengthen':
      return checkNumber('bytes', fault.bytes, 1);
    case 'delay':
      return checkNumber('ms', fault.ms, 0);
    case 'bandwidth':
      return checkNumber('bytesPerSecond', fault.bytesPerSecond, 1);
    case 'reset':
    case 'dropRequestHeaders':
      return undefined;
  }
}

export function checkNumber(field: string, value: number | undefined, least: number, most?: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= least && value <= (most ?? value))) return;
  throw refused(field, `is no whole number from ${least} ${most === undefined ? 'on' : `to ${most}`}`);
}

function checkBody(of: unknown): void {
  if (of !== undefined && of !== 'request' && of !== 'response') throw refused('of', 'is "request" or "response"');
}

function checkHeaders(headers: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(headers)) {
    try {
      validateHeaderName(name);
      if (value !== undefined) validateHeaderValue(name, value);
    } catch (cause) {
      throw refused('headers', `has what no header can be: ${JSON.stringify(name)}`, cause);
    }
  }
}

function refused(field: string, problem: string, cause?: unknown): ArtifactError {
  return new ArtifactError('INVALID_ARGUMENT', `${field} ${problem}`, { field, cause });
}
