import type { RuleResult } from '../run-rules.ts';
import { errorText } from './error-text.ts';

/**
 * From now on a rejection that nobody handles, or an exception that nobody catches, no longer ends the process. It
 * breaks the rule that ran.
 */
export function strayErrors(): { addTo(result: RuleResult): Promise<RuleResult> } {
  const stray: unknown[] = [];
  for (const event of ['unhandledRejection', 'uncaughtException']) process.on(event, (error) => stray.push(error));
  return {
    async addTo(result) {
      // Node tells of an unhandled rejection once the queue of promises is empty.
      await new Promise(setImmediate);
      const [error] = stray.splice(0);
      if (error === undefined || result.outcome === 'broken') return result;
      const { rule, durationMs } = result;
      return { rule, durationMs, outcome: 'broken', error: new Error(`nobody handles ${errorText(error)}`) };
    },
  };
}
