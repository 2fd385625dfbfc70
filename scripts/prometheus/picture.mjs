/**
 * @typedef {object} Line
 * @property {string} name
 * @property {[number, number][]} points Time in seconds, and the value.
 */

const columns = 3;
const cell = { width: 300, height: 190 };
const plot = { left: 58, top: 34, width: 228, height: 104 };
// In the middle between light and dark, so that each is seen on both.
const colours = ['#3b82f6', '#e07b00', '#1a9e5c', '#8b5cf6', '#dc4c4c', '#0e9aa7', '#d6478f', '#8a8d0f'];
/** Names that are no longer than that stand two in a line. */
const shortName = 20;

const formats = {
  percentunit: (value) => `${round(value * 100)} %`,
  s: (value) => (value < 1 ? `${round(value * 1000)} ms` : `${round(value)} s`),
  bytes: (value) => inBytes(value),
  Bps: (value) => `${inBytes(value)}/s`,
  ops: (value) => `${round(value)}/s`,
  reqps: (value) => `${round(value)}/s`,
  short: (value) => round(value),
};

/**
 * Draws panels as one SVG that follows the reader's choice of light or dark.
 *
 * @param {{ title: string, unit: string, lines: Line[] }[]} panels
 * @param {{ start: number, end: number }} time In seconds.
 */
export function drawPanels(panels, time) {
  const width = columns * cell.width;
  const height = Math.ceil(panels.length / columns) * cell.height;
  const drawn = panels.map((panel, index) => {
    const x = (index % columns) * cell.width;
    const y = Math.floor(index / columns) * cell.height;
    return `<g transform="translate(${x} ${y})">${drawPanel(panel, time)}</g>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    '<title>The panels of the dashboard, with what Prometheus scraped of a program at work</title>',
    '<style>text{font:11px system-ui,sans-serif;fill:#57606a}.t{font-weight:600;fill:#1f2328}.g{stroke:#d0d7de;fill:none}polyline{fill:none;stroke-width:1.5}@media(prefers-color-scheme:dark){text{fill:#9198a1}.t{fill:#f0f6fc}.g{stroke:#3d444d}}</style>',
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function drawPanel({ title, unit, lines }, time) {
  const format = formats[unit];
  const top = Math.max(...lines.flatMap(({ points }) => points.map(([, value]) => value)), 0) || 1;
  const { left, width, height } = plot;
  const bottom = plot.top + height;
  const shown = lines.toSorted((a, b) => sum(b) - sum(a));
  return [
    `<text class="t" x="8" y="20">${escape(title)}</text>`,
    `<path class="g" d="M${left} ${plot.top}h${width}M${left} ${bottom}h${width}"/>`,
    `<text x="${left - 4}" y="${plot.top + 4}" text-anchor="end">${format(top)}</text>`,
    `<text x="${left - 4}" y="${bottom + 4}" text-anchor="end">0</text>`,
    ...shown.map((line, index) => drawLine(line, index, top, time)),
    ...legend(shown.map(({ name }) => name)),
  ].join('');
}

function drawLine({ points }, index, top, { start, end }) {
  const at = ([when, value]) => {
    const x = plot.left + (plot.width * (when - start)) / (end - start);
    const y = plot.top + plot.height * (1 - value / top);
    return `${x.toFixed(0)},${y.toFixed(1)}`;
  };
  return `<polyline stroke="${colours[index % colours.length]}" points="${points.map(at).join(' ')}"/>`;
}

function legend(names) {
  const inLine = names.every((name) => name.length <= shortName) ? 2 : 1;
  const more = names.length - 2 * inLine;
  const entries = names.slice(0, 2 * inLine).map((name, index) => {
    const [x, y] = [8 + (index % inLine) * 146, plot.top + plot.height + 22 + Math.floor(index / inLine) * 15];
    return `<circle cx="${x + 4}" cy="${y - 4}" r="4" fill="${colours[index % colours.length]}"/><text x="${x + 12}" y="${y}">${escape(name)}</text>`;
  });
  return more > 0
    ? [...entries, `<text x="${cell.width - 12}" y="20" text-anchor="end">and ${more} more</text>`]
    : entries;
}

function sum({ points }) {
  return points.reduce((total, [, value]) => total + value, 0);
}

function inBytes(value) {
  const units = ['B', 'kB', 'MB', 'GB'];
  const power = Math.min(units.length - 1, value < 1 ? 0 : Math.floor(Math.log10(value) / 3));
  return `${round(value / 1000 ** power)} ${units[power]}`;
}

function round(value) {
  return String(Number(value.toPrecision(2)));
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
