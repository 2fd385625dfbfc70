import { Count } from './count.ts';
import { codeLabel, likelyErrors, operationLabels, otherCode } from './labels.ts';

/** How many pairs of operation and code get a series of their own in one store. Later ones share `OTHER`, one for each operation. */
const maxPairs = 62;

/** The errors of one store, by operation and code. */
export class ErrorCounts {
  readonly #byOperation = new Map<string, Map<string, Count>>(operationLabels.map((name) => [name, new Map()]));
  #pairs = 0;

  constructor() {
    for (const operation of operationLabels)
      for (const code of likelyErrors[operation] ?? []) this.#create(operation, code);
  }

  /** @param operation - One of {@link operationLabels}. */
  add(operation: string, code: string): void {
    const error = codeLabel(code);
    const known = this.#byOperation.get(operation)?.get(error);
    (known ?? this.#create(operation, this.#pairs < maxPairs ? error : otherCode)).add(1);
  }

  *[Symbol.iterator](): Iterator<{ readonly operation: string; readonly error_type: string; readonly count: Count }> {
    for (const [operation, counts] of this.#byOperation)
      for (const [code, count] of counts) yield { operation, error_type: code, count };
  }

  #create(operation: string, code: string): Count {
    const counts = this.#byOperation.get(operation) ?? new Map<string, Count>();
    const count = counts.get(code) ?? new Count();
    if (!counts.has(code) && code !== otherCode) this.#pairs += 1;
    counts.set(code, count);
    return count;
  }
}
