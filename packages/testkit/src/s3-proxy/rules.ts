import { checkFault, checkNumber } from './check-fault.ts';
import type { S3Fault } from './faults.ts';
import type { S3Request, S3RequestKind } from './s3-request.ts';

/** A fault, and the requests that have it. What is not said matches every request. */
export type S3FaultRule = S3Fault & {
  readonly kind?: S3RequestKind | readonly S3RequestKind[] | undefined;
  /** The whole key, or a pattern found in it. */
  readonly key?: string | RegExp | undefined;
  /** A header that the request has: its whole name in lower case, or a pattern found in that. */
  readonly header?: string | RegExp | undefined;
  /** The first of the matching requests that has the fault, 1 by default. */
  readonly nth?: number | undefined;
  /** From that one on, each so-many-th of the matching requests has it; each one by default. */
  readonly every?: number | undefined;
  /** How many requests have it; all of those by default. */
  readonly times?: number | undefined;
};

/** A rule that is at work. */
export interface InjectedFault {
  /** How many requests had the fault. */
  readonly hits: number;
  /** No request has the fault from now on. */
  remove(): void;
}

/** The rules at work, in the order they came. */
export class FaultRules {
  #rules: ActiveRule[] = [];

  add(rule: S3FaultRule): InjectedFault {
    checkFault(rule);
    checkNumber('nth', rule.nth, 1);
    checkNumber('every', rule.every, 1);
    if (rule.times !== Number.POSITIVE_INFINITY) checkNumber('times', rule.times, 1);
    const active = new ActiveRule(rule, () => {
      this.#rules = this.#rules.filter((other) => other !== active);
    });
    this.#rules.push(active);
    return active;
  }

  clear(): void {
    this.#rules = [];
  }

  /** The faults of this request. Every rule that matches it counts it. */
  faultsOf(request: S3Request): S3Fault[] {
    return this.#rules.filter((active) => active.hit(request)).map(({ rule }) => rule);
  }
}

class ActiveRule implements InjectedFault {
  readonly rule: S3FaultRule;
  readonly remove: () => void;
  #matches = 0;
  #hits = 0;

  constructor(rule: S3FaultRule, remove: () => void) {
    this.rule = rule;
    this.remove = remove;
  }

  get hits(): number {
    return this.#hits;
  }

  hit(request: S3Request): boolean {
    const { kind, key, header, nth = 1, every = 1, times = Number.POSITIVE_INFINITY } = this.rule;
    if (kind !== undefined && !(typeof kind === 'string' ? [kind] : kind).includes(request.kind)) return false;
    if (key !== undefined && !matches(key, request.key)) return false;
    if (header !== undefined && !request.headerNames.some((name) => matches(header, name))) return false;
    this.#matches += 1;
    const isHit = this.#matches >= nth && (this.#matches - nth) % every === 0 && this.#hits < times;
    if (isHit) this.#hits += 1;
    return isHit;
  }
}

/** A search always begins at the start, whatever flags a pattern has. */
function matches(pattern: string | RegExp, text: string): boolean {
  return typeof pattern === 'string' ? pattern === text : text.search(pattern) !== -1;
}
