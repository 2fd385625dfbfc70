import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/workspace.mjs';

const last = 30;
const retired = 11;

/** Every guarantee there is. */
export const guarantees = Array.from({ length: last }, (_, index) => index + 1)
  .filter((number) => number !== retired)
  .map((number) => `I-${number}`)
  .concat('Retention');

/** The name of a guarantee as it stands in a title, for a regular expression. */
export const token = String.raw`(?:I-\d+|Retention)\b`;

const row = new RegExp(String.raw`^\| (${token}) \| ([^|]+) \| ([^|]+) \|$`, 'gm');

/**
 * What docs/guarantees.md says of each guarantee: that it is built, or that it is not yet, and then what there is not.
 *
 * @returns {{ states: Map<string, { built: boolean, absent?: string }>, problems: string[] }}
 */
export function readStates(page = readFileSync(join(root, 'docs', 'guarantees.md'), 'utf8')) {
  const states = new Map();
  const problems = [];
  for (const [, guarantee, , state] of page.matchAll(row)) {
    const absent = /^not yet: there (?:is|are) no `?(\w+)/.exec(state)?.[1];
    const built = state.startsWith('built: ');
    if (states.has(guarantee)) problems.push(`docs/guarantees.md has ${guarantee} twice`);
    if (!built && absent === undefined) {
      problems.push(
        `docs/guarantees.md: the state of ${guarantee} is neither "built: ..." nor "not yet: there is no ..."`,
      );
    }
    states.set(guarantee, { built, absent });
  }
  for (const guarantee of guarantees)
    if (!states.has(guarantee)) problems.push(`docs/guarantees.md lacks ${guarantee}`);
  for (const guarantee of states.keys()) {
    if (!guarantees.includes(guarantee)) problems.push(`docs/guarantees.md has ${guarantee}, which there is not`);
  }
  return { states, problems };
}
