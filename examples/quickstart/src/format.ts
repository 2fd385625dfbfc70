const units = ['B', 'KB', 'MB', 'GB', 'TB'];

/** `1,948` */
export function integer(n: number): string {
  return n.toLocaleString('en-US');
}

/** `1 file`, `1,948 files` */
export function count(n: number, noun: string): string {
  return `${integer(n)} ${noun}${n === 1 ? '' : 's'}`;
}

/** `512 B`, `4.1 KB`, `132.5 MB` */
export function size(bytes: number): string {
  let value = bytes;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${value.toFixed(unit === 0 ? 0 : 1)} ${units[unit]}`;
}

/** `12 ms`, `3.4 s` */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.ceil(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** `25.4 MB/s` */
export function speed(bytes: number, ms: number): string {
  return `${(bytes / 1000 / ms).toFixed(1)} MB/s`;
}

/** The text with everything escaped that is no visible character. A file's name can hold what rewrites a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{C}/gu, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}

/** The text in so many columns, without its middle when it is longer. */
export function shortened(text: string, columns: number): string {
  const half = (columns - 3) / 2;
  return text.length <= columns ? text : `${text.slice(0, Math.ceil(half))}...${text.slice(-Math.floor(half))}`;
}
