// Imports and manifests point one way: everything depends on core, core on nothing. docs/design.md says why.
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { files, packageFolders, readJson, report, root } from './lib/workspace.mjs';

const core = '@artifacts/core';
const testkit = '@artifacts/testkit';
const testTools = ['vitest', 'fast-check', 'valibot', 'zod'];
// What the tests of one package need besides, and why.
const testToolsOf = {
  // The signatures of a real client show that the proxy in front of an S3 server keeps them valid.
  [testkit]: ['@aws-sdk/client-s3'],
  // Spans are seen as an exporter sees them, and nested as an application has them.
  '@artifacts/otel': ['@opentelemetry/context-async-hooks', '@opentelemetry/sdk-trace-base'],
};

// Core runs wherever Node runs: it computes and streams, and leaves files, sockets and processes to backends.
const coreBuiltins = new Set(
  ['async_hooks', 'buffer', 'crypto', 'diagnostics_channel', 'events', 'stream', 'stream/promises', 'stream/web']
    .concat(['timers', 'timers/promises', 'util', 'util/types'])
    .map((name) => `node:${name}`),
);
// What is more than computing and streaming, and why.
const coreFileModules = new Map(
  Object.entries({
    // `@artifacts/core/file` is the one entry point whose purpose is the file system.
    'file-path': ['node:path', 'node:url'],
    'file-source': ['node:fs', 'node:fs/promises'],
    'save-to': ['node:fs', 'node:fs/promises', 'node:path', 'node:util'],
    // A key that ARTIFACT_SIGNING_KEY_FILE names is read where every key comes from, before there is a store or a backend.
    'key-file': ['node:fs'],
    // A backend that is opened by URL is resolved from where the application is.
    'installed-modules': ['node:fs', 'node:module', 'node:path', 'node:url'],
  }).map(([module, builtins]) => [`packages/core/src/${module}.ts`, new Set(builtins)]),
);

const problems = packageFolders().flatMap((folder) => [...manifestProblems(folder), ...importProblems(folder)]);
report(problems, `${packageFolders().length} packages`);

function manifestProblems(folder) {
  const {
    name,
    dependencies = {},
    peerDependencies = {},
    devDependencies = {},
  } = readJson(join(root, folder, 'package.json'));
  const found = [];
  const refuse = (condition, message) => condition && found.push(`${folder}/package.json: ${message}`);

  if (name === core) {
    refuse(Object.keys(dependencies).length > 0, 'core has no runtime dependencies');
    refuse(Object.keys(peerDependencies).length > 0, 'core has no peer dependencies');
    refuse(Object.keys(devDependencies).some(isOurs), 'core does not depend on our packages, not even for development');
    return found;
  }
  refuse(Object.keys(dependencies).some(isOurs), 'our packages are peers, so that an application has one core');
  refuse(!/^\^\d+\.\d+\.\d+$/.test(peerDependencies[core] ?? ''), `${core} must be a peer with its range written out`);
  // turbo orders builds by development dependencies and ignores peers.
  refuse(devDependencies[core] !== 'workspace:*', `${core} must be a development dependency, as workspace:*`);
  refuse(
    Object.keys(peerDependencies).some((peer) => isOurs(peer) && peer !== core),
    'core is the only peer of ours',
  );
  const forTests = Object.keys(devDependencies).filter((dependency) => isOurs(dependency) && dependency !== core);
  refuse(
    forTests.some((dependency) => dependency !== testkit),
    'the testkit is the only other package of ours for tests',
  );
  return found;
}

function importProblems(folder) {
  const manifest = readJson(join(root, folder, 'package.json'));
  const listed = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  return files(folder, /\.[cm]?ts$/).flatMap((path) => {
    // The template's test is a spec until it is copied.
    const isTest = /\.test(?:-helper)?\.ts$|\/test\/|\/template\/.*\.spec\.ts$/.test(path);
    return importsOf(path)
      .filter((specifier) => !isAllowed(specifier, { folder, path, isTest, listed, self: manifest.name }))
      .map((specifier) => `${path}: must not import "${specifier}"`);
  });
}

function isAllowed(specifier, { folder, path, isTest, listed, self }) {
  if (specifier.startsWith('.')) return normalize(join(dirname(path), specifier)).startsWith(`${folder}/`);
  if (isBuiltin(specifier)) {
    if (self !== core || isTest) return specifier.startsWith('node:');
    return coreBuiltins.has(specifier) || coreFileModules.get(path)?.has(specifier) === true;
  }
  const name = specifier.match(/^(?:@[^/]+\/)?[^/]+/)[0];
  if (listed.includes(name)) return true;
  if (!isTest) return false;
  const tools = [...testTools, ...(testToolsOf[self] ?? [])];
  return name === self || tools.includes(name) || (name === testkit && self !== core);
}

function importsOf(path) {
  // Examples in doc comments are not imports.
  const code = readFileSync(join(root, path), 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
  const statements = code.matchAll(/^\s*(?:import\s*|(?:import|export)\s[^'"`;=()]*?\bfrom\s*)['"]([^'"]+)['"]/gm);
  const calls = code.matchAll(/\bimport\(\s*['"]([^'"]+)['"]/g);
  return [...statements, ...calls].map((match) => match[1]);
}

function isOurs(name) {
  return name.startsWith('@artifacts/');
}
