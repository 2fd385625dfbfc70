import { type BackendCapabilities } from '@artifacts/core';

import { type Rule, ruleTitle } from '../rule.ts';
import type { RuleResult } from '../run-rules.ts';
import { firstSuite } from '../suite.ts';
import { rulesOf, summary } from '../summary.ts';
import { errorText } from './error-text.ts';

/** The backend under test, as it describes itself. */
export interface Subject {
  readonly name: string;
  readonly capabilities: BackendCapabilities;
}

/** Where a report goes. */
export interface Output {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Tells a reader what happens while it happens. What held is only counted, and only where it can be overwritten. */
export class Report {
  readonly #output: Output;
  readonly #total: number;
  readonly #results: RuleResult[] = [];

  constructor(output: Output, { name, capabilities }: Subject, rules: readonly Rule[]) {
    this.#output = output;
    this.#total = rules.length;
    const claimed = Object.entries(capabilities).flatMap(([capability, claims]) =>
      claims === true ? [capability] : [],
    );
    this.#line(`${name} claims ${claimed.length === 0 ? 'no capability' : claimed.join(', ')}`);
  }

  add(result: RuleResult): void {
    this.#results.push(result);
    const { rule, outcome } = result;
    if (outcome === 'broken') this.#line(`broken   ${ruleTitle(rule)}`, `         ${errorText(result.error)}`);
    if (outcome === 'warning') {
      this.#line(
        `warning  ${ruleTitle(rule)} (new in ${rule.since ?? firstSuite})`,
        `         ${errorText(result.error)}`,
      );
    }
    if (outcome === 'held' && rule.denies !== undefined) this.#line(`denied   ${ruleTitle(rule)}`);
    if (this.#output.isTTY === true) this.#output.write(`\r\u001B[K${this.#results.length} of ${this.#total} rules`);
  }

  end(): void {
    const skipped = this.#results.flatMap((result) => (result.outcome === 'not applicable' ? [result] : []));
    const reasons = new Set(skipped.filter(({ rule }) => rule.denies === undefined).map(({ reason }) => reason));
    for (const reason of reasons) {
      const count = skipped.filter((result) => result.reason === reason).length;
      this.#line(`not run  ${rulesOf(count)}: ${reason}`);
    }
    this.#line(summary(this.#results));
  }

  #line(...lines: readonly string[]): void {
    const start = this.#output.isTTY === true ? '\r\u001B[K' : '';
    this.#output.write(`${start}${lines.join('\n')}\n`);
  }
}
