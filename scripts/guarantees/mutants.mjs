import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { files, root } from '../lib/workspace.mjs';
import { sourceMutants } from '../mutants/index.mjs';
import { token } from './numbers.mjs';

const literal = /(['"`])((?:(?!\1).)*)\1/g;
// What each is said to be: fault: 'fault', caughtBy: 'title of a rule', or several; or breaks: 'I-6'.
const described = /\bfault:\s*(['"`])((?:(?!\1).)*)\1,((?:(?!\bfault:).)*)/gs;
const breaks = new RegExp(String.raw`\bbreaks:\s*'(${token})'`);

/**
 * @typedef {object} Mutant
 * @property {string} guarantee
 * @property {string} path
 * @property {string} fault
 */

/**
 * Everything broken on purpose of which a test shows that it is caught, by the guarantee that it breaks.
 *
 * @param {import('./tests.mjs').ShowingTest[]} tests
 * @returns {{ mutants: Mutant[], problems: string[] }}
 */
export function readMutants(tests) {
  const rules = new Map(
    tests.filter(({ path }) => !path.endsWith('.test.ts')).map(({ title, shows }) => [title, shows]),
  );
  const ofBroken = files('packages/testkit', /\.test(?:-helper)?\.ts$/).flatMap((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(described)].flatMap(([, , fault, rest]) => {
      const caughtBy = /\bcaughtBy:(.*?)\bbreaks:/s.exec(rest)?.[1] ?? '';
      const titles = [...caughtBy.matchAll(literal)].map(([, , title]) => title);
      const broken = [...titles.flatMap((title) => rules.get(title) ?? []), breaks.exec(rest)?.[1] ?? []].flat();
      return [...new Set(broken)].map((guarantee) => ({ guarantee, path, fault }));
    }),
  );
  const ofSources = sourceMutants.map(({ guarantee, source, fault }) => ({ guarantee, path: source, fault }));
  return { mutants: [...ofBroken, ...ofSources], problems: sourceMutants.flatMap((each) => problemsOf(each, tests)) };
}

/** Why a mutant of a source proves nothing any more: its text is elsewhere, or no test of its guarantee is where it says. */
function problemsOf({ guarantee, fault, source, text: original, test }, tests) {
  const path = join(root, source);
  const count = existsSync(path) ? readFileSync(path, 'utf8').split(original).length - 1 : 0;
  const where = `the mutant of ${guarantee} in ${source} that ${fault}`;
  return [
    ...(count === 1 ? [] : [`${where}: its text is there ${count} times, not once`]),
    ...(tests.some(({ runBy, shows }) => runBy.includes(test) && shows.includes(guarantee))
      ? []
      : [`${where}: nothing in ${test} shows ${guarantee}`]),
  ];
}
