import type { ArtifactBackend, ArtifactMetadata, ArtifactStore, ObjectInfo } from '@artifacts/core';

import { filesIn, unusable, type SourceFile } from './files.ts';
import { count, integer, printable, size } from './format.ts';
import { Measurements } from './measurements.ts';
import { openStore } from './open-store.ts';
import type { Place } from './place.ts';
import { Progress } from './progress.ts';
import { bytesOnDisk, compareWithDisk, downloadAll } from './read-back.ts';
import { printListing, printMeasurements, printProblems, printSkipped } from './report.ts';
import { sampleFiles } from './sample.ts';
import { copyAndFlip, examine, objectsIn } from './tamper.ts';
import { uploadAll, type UploadedFile } from './upload.ts';

/** Stores the files of a folder, or of this workspace, reads them back, and shows that a changed byte is refused. */
export async function quickstart(place: Place, folder: string | undefined): Promise<void> {
  const found = folder === undefined ? await sampleFiles() : await filesIn(folder);
  printSkipped(found);
  const nothing = unusable(folder ?? 'this workspace', 'has no file that can be stored');
  if (found.files.length === 0) throw nothing;

  const backend = place.store();
  const before = new Map((await objectsIn(backend)).map(({ key, version }) => [key, version]));
  const measurements = new Measurements();
  await using store = openStore(backend, place.signingKey, [measurements]);

  const bytes = found.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  console.log(`storing ${count(found.files.length, 'file')}, ${size(bytes)}, in ${place.name}`);
  const uploaded = await storeFiles(store, found.files, bytes, measurements);
  const largest = uploaded.toSorted((a, b) => b.metadata.sizeBytes - a.metadata.sizeBytes)[0];
  if (largest === undefined) throw nothing;
  const listed = await listArtifacts(store, uploaded.length, measurements);
  await readBack(store, uploaded, measurements);
  await readRange(store, largest, measurements);
  const objects = await objectsIn(backend);
  const victim = objects.find(({ key, version }) => before.get(key) !== version);
  if (victim === undefined) throw new Error('this run has left nothing in its store');
  await showRefusal(place, backend, objects, victim, listed);

  printMeasurements(measurements.steps);
  const stored = objects.reduce((sum, object) => sum + object.size, 0);
  console.log(`\nThe store takes ${size(stored)} in ${place.name}. ${place.afterwards}`);
  if (largest.metadata.generation > 1)
    console.log('Large content that was replaced is part of that: this version does not remove it yet.');
}

async function storeFiles(
  store: ArtifactStore,
  files: readonly SourceFile[],
  bytes: number,
  measurements: Measurements,
): Promise<UploadedFile[]> {
  const progress = new Progress('storing', files.length, bytes);
  const done = measurements.begin('stored');
  const { uploaded, problems } = await uploadAll(store, files, progress);
  progress.end();
  const stored = totalSize(uploaded.map(({ metadata }) => metadata));
  done(uploaded.length, stored);
  printProblems('not stored', problems);
  console.log(`stored ${count(uploaded.length, 'file')}, ${size(stored)}`);
  return uploaded;
}

async function listArtifacts(
  store: ArtifactStore,
  ofThisRun: number,
  measurements: Measurements,
): Promise<ArtifactMetadata[]> {
  const done = measurements.begin('listed');
  const listed: ArtifactMetadata[] = [];
  for await (const metadata of store.list()) listed.push(metadata);
  done(listed.length);
  const earlier = listed.length - ofThisRun;
  const note = earlier > 0 ? `, ${integer(earlier)} of them from earlier runs` : '';
  console.log(`listed ${count(listed.length, 'artifact')} and verified their records${note}:`);
  printListing(listed);
  return listed;
}

async function readBack(
  store: ArtifactStore,
  uploaded: readonly UploadedFile[],
  measurements: Measurements,
): Promise<void> {
  const bytes = totalSize(uploaded.map(({ metadata }) => metadata));
  const progress = new Progress('reading back', uploaded.length, bytes);
  const done = measurements.begin('read back');
  const downloaded = await downloadAll(store, uploaded, progress);
  progress.end();
  done(downloaded.length, bytes);
  const problems = await compareWithDisk(downloaded);
  printProblems('differs', problems);
  console.log(
    `read back ${count(downloaded.length, 'artifact')}, of which ${integer(downloaded.length - problems.length)} equal the files on disk`,
  );
}

async function readRange(
  store: ArtifactStore,
  { file, metadata }: UploadedFile,
  measurements: Measurements,
): Promise<void> {
  const start = Math.floor(metadata.sizeBytes / 2);
  const done = measurements.begin('one range');
  const download = await store.download(file.id, { range: { start, end: start + 4096 } });
  const bytes = await download.bytes();
  done(1);
  const { range } = download;
  const onDisk = await bytesOnDisk(file.path, range.start, range.end).catch(() => undefined);
  const verdict = onDisk !== undefined && Buffer.compare(bytes, onDisk) === 0 ? 'equal to' : 'which differ from';
  console.log(
    `read bytes ${integer(range.start)} to ${integer(range.end)} of ${integer(range.size)}, ${verdict} those on disk:`,
  );
  console.log(`  ${printable(file.id)}`);
}

/** The store on a storage that somebody else can write to. The real store is left alone. */
async function showRefusal(
  place: Place,
  backend: ArtifactBackend,
  objects: readonly ObjectInfo[],
  victim: ObjectInfo,
  listed: readonly ArtifactMetadata[],
): Promise<void> {
  const copy = place.scratch();
  await copyAndFlip(backend, copy, objects, victim);
  console.log(`copied the store and flipped one bit of the copy, in an object of ${integer(victim.size)} bytes:`);
  await using store = openStore(copy, place.signingKey);
  const progress = new Progress('reading the copy', listed.length, totalSize(listed));
  const { intact, refusals } = await examine(store, progress);
  progress.end();
  for (const { code, message } of refusals) console.log(`  refused with ${code}: ${printable(message)}`);
  console.log(`  ${count(intact, 'other artifact')} read as before\n`);
}

function totalSize(artifacts: readonly ArtifactMetadata[]): number {
  return artifacts.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
