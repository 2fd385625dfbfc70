import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { ArtifactBackend } from '@artifacts/core';

import type { Harness, HarnessFactory } from '../harness.ts';
import { errorText } from './error-text.ts';
import { misuse } from './options.ts';

const needed = 'export a function that gives a Harness or an ArtifactBackend: export default () => myBackend(...)';

/** What makes harnesses, by the module at `path`. @throws `INVALID_ARGUMENT` */
export async function loadHarness(path: string): Promise<HarnessFactory> {
  const file = resolve(path);
  if (!existsSync(file)) throw misuse('module', `there is no file ${path}: give the path of a module`);
  const factory = exportedFunction(await load(file));
  if (factory === undefined) throw misuse('module', `${path} has no default export that is a function: ${needed}`);
  return async () => harnessOf(await factory());
}

async function load(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    throw misuse('module', `the module cannot be loaded: ${errorText(error)}${remedyFor(error, file)}`, error);
  }
}

function remedyFor(error: unknown, file: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ERR_UNKNOWN_FILE_EXTENSION' || !file.endsWith('ts')) return '';
  return '; this Node does not run TypeScript: build it first, take Node 22.18, or set NODE_OPTIONS="--import tsx"';
}

/** CommonJS has what it exports as the default once more. */
function exportedFunction(exported: Readonly<Record<string, unknown>>): (() => unknown) | undefined {
  const inner = isObject(exported['default']) ? exported['default'] : {};
  return [exported, inner]
    .flatMap((from) => [from['default'], from['harness'], from['factory']])
    .find((value): value is () => unknown => typeof value === 'function');
}

function harnessOf(made: unknown): Harness {
  if (isHarness(made)) return made;
  if (isBackend(made)) return { name: made.name, open: () => made, dispose: () => made.close() };
  throw misuse('module', `the exported function gives neither a Harness nor an ArtifactBackend: ${needed}`);
}

function isHarness(made: unknown): made is Harness {
  return isObject(made) && typeof made['open'] === 'function';
}

const methods = ['capabilities', 'write', 'read', 'delete', 'list', 'discardUnfinished', 'check', 'close'];

function isBackend(made: unknown): made is ArtifactBackend {
  return isObject(made) && methods.every((method) => typeof made[method] === 'function');
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
