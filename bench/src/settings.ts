import { gibibyte } from './store.ts';

export const kibibyte = 1024;
export const mebibyte = 1024 * 1024;

/** A round number of bytes, for people. */
export function sizeText(bytes: number): string {
  if (bytes >= gibibyte) return `${bytes / gibibyte} GiB`;
  return bytes >= mebibyte ? `${bytes / mebibyte} MiB` : `${bytes / kibibyte} KiB`;
}

/** What every bench has settings of; how much of everything is its own. */
export interface Settings {
  readonly quick: boolean;
  /** Seeds every order and every content. */
  readonly seed: number;
  /** Rounds that count. One more goes before them to warm up. */
  readonly rounds: number;
}
