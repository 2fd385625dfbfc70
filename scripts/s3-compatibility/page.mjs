import { alphabetically } from '../lib/workspace.mjs';

/** @typedef {import('./measure.mjs').Measured} Measured */

export const marker = '<!-- Below: made by `npm run s3:compatibility` from bench/results/s3-compatibility.json. -->\n';

/** The services that the backend has a preset for. */
const services = {
  aws: 'Amazon S3',
  b2: 'Backblaze B2',
  ceph: 'Ceph Object Gateway',
  garage: 'Garage',
  r2: 'Cloudflare R2',
  seaweedfs: 'SeaweedFS',
  swift: "OpenStack Swift's S3 layer",
};

/**
 * The servers with those that were measured now, each of them once.
 *
 * @param {Measured[]} before
 * @param {Measured[]} now
 * @returns {Measured[]}
 */
export function merged(before, now) {
  const others = before.filter(({ name }) => now.every((one) => one.name !== name));
  return [...others, ...now].toSorted((a, b) => alphabetically(a.name, b.name));
}

/**
 * The page with what was measured below its marker. What stands above is written by hand.
 *
 * @param {string} page
 * @param {Measured[]} servers
 */
export function withResults(page, servers) {
  const [byHand] = page.split(marker);
  const sections = [
    measuredSection(servers),
    answersSection(servers),
    brokenSection(servers),
    unmeasuredSection(servers),
  ];
  return `${byHand}${marker}\n${sections.filter((text) => text !== '').join('\n')}`;
}

function measuredSection(servers) {
  const head = ['server', 'create-if-absent', 'compare-and-swap', 'conditional delete'];
  const counts = ['rules held', 'denied honestly', 'not claimed', 'broken', 'measured'];
  const rows = servers.map(({ name, capabilities, rules, date, versions }) => [
    name,
    ...[capabilities.createIfAbsent, capabilities.compareAndSwap, capabilities.conditionalDelete].map(yesOrNo),
    rules.held,
    rules.denied,
    rules.notClaimed,
    rules.broken.length,
    `${date}, ${Object.entries(versions)
      .map((part) => part.join(' '))
      .join(', ')}`,
  ]);
  return `## Measured\n\n${table([...head, ...counts], rows)}`;
}

function answersSection(servers) {
  const asked = [...new Set(servers.flatMap(({ observations }) => Object.keys(observations)))];
  const rows = asked.map((request) => [request, ...servers.map(({ observations }) => observations[request] ?? '')]);
  return `## What they answer\n\n${table(['request', ...servers.map(({ name }) => name)], rows)}`;
}

function brokenSection(servers) {
  const lines = servers.flatMap(({ name, rules }) =>
    rules.broken.map(({ title, error }) => `- ${name}: ${title}. \`${error.replaceAll('`', "'")}\`\n`),
  );
  return lines.length === 0 ? '' : `## Broken\n\n${lines.join('')}`;
}

function unmeasuredSection(servers) {
  const missing = Object.keys(services).filter((preset) => servers.every((server) => server.preset !== preset));
  if (missing.length === 0) return '';
  const lines = missing.map((preset) => `- ${services[preset]}: preset \`${preset}\`\n`);
  return `## Not measured\n\nFor these there is a preset, and nothing more is said of them here.\n\n${lines.join('')}`;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |\n`;
  return [head, head.map(() => '---'), ...rows].map(line).join('');
}

function yesOrNo(value) {
  return value ? 'yes' : 'no';
}
