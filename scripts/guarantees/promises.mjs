import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { files, root } from '../lib/workspace.mjs';

/**
 * A README names what is not built only where it says so: in a paragraph, an item or a row of a table with the words "not yet".
 *
 * @param {Map<string, { built: boolean, absent?: string }>} states
 * @param {{ path: string, text: string }[]} documents
 * @returns {string[]} The problems.
 */
export function promisedTooEarly(states, documents = readmes()) {
  const names = [...states].flatMap(([guarantee, { built, absent }]) => (built ? [] : [guarantee, absent]));
  if (names.length === 0) return [];
  // Whole words: QUOTA_EXCEEDED is a code that there is, whatever there is of quotas.
  const named = new RegExp(String.raw`\b(?:${names.join('|')})s?\b`, 'i');
  return documents.flatMap(({ path, text: document }) =>
    passagesOf(document)
      .filter(({ text }) => named.test(text) && !/\bnot yet\b/i.test(text))
      .map(
        ({ text, line }) => `${path}:${line}: "${named.exec(text)[0]}" is not built: leave it out, or say "not yet"`,
      ),
  );
}

function readmes() {
  const paths = ['README.md', ...['packages', 'examples'].flatMap((folder) => files(folder, /^README\.md$/))];
  return paths.map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** The passages of a document with the number of their first line. */
function passagesOf(document) {
  const passages = [];
  let open = false;
  for (const [index, text] of document.split('\n').entries()) {
    const begins = /^\s*(?:\||[-*] |\d+\. |#)/.test(text);
    if (text.trim() === '') open = false;
    else if (open && !begins) passages.at(-1).text += `\n${text}`;
    else {
      passages.push({ text, line: index + 1 });
      open = true;
    }
  }
  return passages;
}
