import { ArtifactError } from '@artifacts/core';

import { checkNumber } from '../s3-proxy/check-fault.ts';
import type { BackendFaultRule, FaultyMethod } from './faults.ts';

const methods: Readonly<Record<FaultyMethod, true>> = {
  capabilities: true,
  write: true,
  read: true,
  delete: true,
  list: true,
  discardUnfinished: true,
  check: true,
};

/** Refuses what could not be carried out: a fault that never happens would look like a test that passes. */
export function checkScript(script: readonly BackendFaultRule[]): void {
  for (const [index, rule] of script.entries()) checkRule(rule, `script[${index}]`);
}

function checkRule(rule: BackendFaultRule, where: string): void {
  checkNumber(`${where}.nth`, rule.nth, 1);
  if (rule.times !== Number.POSITIVE_INFINITY) checkNumber(`${where}.times`, rule.times, 1);
  const named = methodsOf(rule);
  const unknown = named.find((method) => !Object.hasOwn(methods, method));
  if (unknown !== undefined) throw refused(`${where}.method`, `is none of ${Object.keys(methods).join(', ')}`);
  switch (rule.fault) {
    case 'fail':
      return undefined;
    case 'delay':
      return checkNumber(`${where}.ms`, required(rule.ms), 0);
    case 'stall':
      if (rule.atByte !== undefined && named.some((method) => method !== 'read' || named.length > 1))
        throw refused(`${where}.atByte`, 'is for the body of a read: give method "read"');
      return checkNumber(`${where}.atByte`, rule.atByte, 0);
    case 'corrupt':
    case 'truncate':
      if (named.length !== 1 || (named[0] !== 'read' && named[0] !== 'write'))
        throw refused(`${where}.method`, 'has to be "read" or "write", which have bytes');
      return checkNumber(`${where}.atByte`, rule.fault === 'corrupt' ? rule.atByte : required(rule.atByte), 0);
    default:
      throw refused(`${where}.fault`, 'is none of fail, delay, stall, corrupt, truncate');
  }
}

/** What plain JavaScript may have left out is no number. */
function required(value: number | undefined): number {
  return value ?? Number.NaN;
}

/** Those that a rule names; all where it names none. */
export function methodsOf({ method }: BackendFaultRule): readonly FaultyMethod[] {
  return method === undefined ? (Object.keys(methods) as FaultyMethod[]) : [method].flat();
}

function refused(field: string, problem: string): ArtifactError {
  return new ArtifactError('INVALID_ARGUMENT', `${field} ${problem}`, { field });
}
