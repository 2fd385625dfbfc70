import type { ArtifactMetadata } from '@artifacts/core';

import type { Found } from './files.ts';
import { count, duration, integer, printable, shortened, size, speed } from './format.ts';
import type { Measurement } from './measurements.ts';

const maxProblems = 20;

/** Names what is left out, a line each. */
export function printProblems(what: string, problems: readonly string[]): void {
  for (const problem of problems.slice(0, maxProblems)) console.log(`${what}: ${printable(problem)}`);
  if (problems.length > maxProblems) console.log(`${what}: ${count(problems.length - maxProblems, 'more file')}`);
}

export function printSkipped({ symlinks, specialFiles, problems }: Found): void {
  printProblems('skipped', problems);
  if (symlinks > 0) console.log(`skipped: ${count(symlinks, 'symbolic link')}`);
  if (specialFiles > 0) console.log(`skipped: ${count(specialFiles, 'special file')}`);
}

/** The first few of a listing. */
export function printListing(artifacts: readonly ArtifactMetadata[]): void {
  const shown = artifacts.slice(0, 5);
  const rows = shown.map(({ id, sizeBytes, generation, checksumSha256 }) => [
    shortened(printable(id), 60),
    size(sizeBytes),
    `version ${generation}`,
    `sha256 ${checksumSha256.slice(0, 12)}...`,
  ]);
  printTable(rows);
  if (artifacts.length > shown.length) console.log(`  ... and ${integer(artifacts.length - shown.length)} more`);
}

export function printMeasurements(steps: readonly Measurement[]): void {
  const head = ['', 'files', 'bytes', 'time', 'speed', 'storage requests'];
  const rows = steps.map(({ step, files, bytes, ms, requests }) => [
    step,
    integer(files),
    bytes === undefined ? '' : size(bytes),
    duration(ms),
    bytes === undefined ? '' : speed(bytes, ms),
    integer(requests),
  ]);
  printTable([head, ...rows]);
}

/** The first column to the left, numbers to the right. */
function printTable(rows: readonly string[][]): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    console.log(`  ${cells.join('  ')}`.trimEnd());
  }
}
