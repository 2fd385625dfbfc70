// docs/errors.md, below its marker, from the docstrings of the error codes. `npm run errors` writes it; with --check, which
// needs a build, a page that differs from its source is refused. What stands above the marker is written by hand.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, install, report, root, run } from './lib/workspace.mjs';

const page = 'docs/errors.md';
// Where users have the same page: the package brings it along.
const shippedPage = '@artifacts/core/errors.md';
const sourcePath = 'packages/core/src/error-codes.ts';
const marker = '<!-- Below: made by `npm run errors` from the docstrings in packages/core/src/error-codes.ts. -->\n';
const checking = process.argv.includes('--check');

if (!checking) {
  await install();
  const { code, output } = await run(build('@artifacts/core'));
  if (code !== 0) throw new Error(output);
}
const { ArtifactError, httpStatus } = await import(pathToFileURL(join(root, 'packages/core/dist/index.js')));

const source = readFileSync(join(root, sourcePath), 'utf8');
const sections = source
  .match(/^export type ErrorCode =\n([\s\S]*?);\n/m)[1]
  .split(/(?<=^ {2}\| '[A-Z_]+')\n?/m)
  .map(sectionOf);
const [byHand] = readFileSync(join(root, page), 'utf8').split(marker);
const text = `${byHand}${marker}\n${sections.map(({ markdown }) => markdown).join('\n')}`;

const problems = [...sections.flatMap(problemsOf), ...deadLinks()];
if (problems.length === 0) {
  if (!checking) writeFileSync(join(root, page), text);
  else if (readFileSync(join(root, page), 'utf8') !== text) problems.push(`${page} is stale: run npm run errors`);
}
report(problems, `${sections.length} codes`);

/** A member of the union: a docstring of a meaning and three labelled lines, and the code. */
function sectionOf(member) {
  const [, code] = member.match(/\| '([A-Z_]+)'$/);
  const docstring = (member.match(/\/\*\*\n([\s\S]*?)\*\//)?.[1] ?? '').replaceAll(/^ *\* ?/gm, '');
  const [meaning = '', ...labelled] = docstring.split(/^- /m).map((part) => part.replaceAll(/\s+/g, ' ').trim());
  const facts = Object.fromEntries(labelled.map((line) => line.split(/: (.*)/s, 2)));
  const lines = {
    Retryable: facts.Retryable,
    'HTTP status': `${httpStatus(code)}.`,
    Cause: facts.Cause,
    Remedy: facts.Remedy,
  };
  const list = Object.entries(lines).map(([label, line = '']) => `- **${label}**: ${line}\n`);
  return { code, meaning, facts, markdown: `### ${code}\n\n${meaning}\n\n${list.join('')}` };
}

function problemsOf({ code, meaning, facts }) {
  const error = new ArtifactError(code, '');
  const found = [];
  if (meaning === '' || Object.keys(facts).join() !== 'Retryable,Cause,Remedy')
    found.push('its docstring is not a meaning and the lines Retryable, Cause, Remedy');
  if (facts.Retryable !== (error.retryable ? 'yes.' : 'no.')) found.push('its docstring errs about retryable');
  if (error.help !== `${shippedPage}#${anchorOf(code)}`) found.push(`its help is ${error.help}`);
  return found.map((problem) => `${sourcePath}: ${code}: ${problem}`);
}

/** Links within the page that lead nowhere. */
function deadLinks() {
  const anchors = new Set(Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading]) => anchorOf(heading)));
  return Array.from(text.matchAll(/\]\(#([^)]*)\)/g), ([, anchor]) => anchor)
    .filter((anchor) => !anchors.has(anchor))
    .map((anchor) => `${page}: there is no heading for #${anchor}`);
}

/** As GitHub makes the anchor of a heading. */
function anchorOf(heading) {
  return heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/g, '')
    .replaceAll(' ', '-');
}
