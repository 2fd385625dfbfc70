/**
 * What a workflow does that it should not: an action that can change under its name, rights that it does not need, or a
 * token left in the checkout for every later step to read.
 *
 * @param {string} path Names the workflow in the problems.
 * @param {string} text The workflow as YAML, in block style.
 * @returns {string[]}
 */
export function workflowProblems(path, text) {
  const problems = [];
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const at = `${path}:${index + 1}`;
    const uses = line.match(/^\s*(?:- )?uses:\s*(.*)$/)?.[1];
    // What stands in this repository changes with it.
    if (uses !== undefined && !uses.startsWith('./') && !/^[\w.-]+(?:\/[\w.-]+)+@[0-9a-f]{40} # v\d\S*$/.test(uses)) {
      problems.push(`${at}: pin "${uses}" to a full commit, with its version as a comment`);
    }
    if (uses?.startsWith('actions/checkout@') && !stepOf(lines, index).includes('persist-credentials: false')) {
      problems.push(`${at}: a checkout needs persist-credentials: false`);
    }
    if (/^\s+id-token:\s*write\b/.test(line) && jobOf(lines, index) !== 'publish') {
      problems.push(`${at}: only the job "publish" may sign provenance`);
    }
  }
  if (!/^permissions:(?: \{\}|\n {2}contents: read\n(?! ))/m.test(text)) {
    problems.push(`${path}: the workflow itself must have no rights, or contents: read; a job takes what it needs`);
  }
  return problems;
}

/** The step that has this line: from its dash to the next line that stands no deeper. */
function stepOf(lines, index) {
  let first = index;
  while (first > 0 && !/^\s*- /.test(lines[first])) first -= 1;
  const indent = lines[first].search(/\S/);
  const next = lines.findIndex((line, at) => at > first && line.trim() !== '' && line.search(/\S/) <= indent);
  return lines.slice(first, next === -1 ? undefined : next).join('\n');
}

function jobOf(lines, index) {
  const jobs = lines.slice(lines.indexOf('jobs:'), index).flatMap((line) => line.match(/^ {2}([\w-]+):/)?.[1] ?? []);
  return jobs.at(-1);
}
