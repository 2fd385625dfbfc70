import { downloadWhole } from './download-whole.ts';
import { getPlain } from './get-plain.ts';
import { leaveUnread } from './leave-unread.ts';
import { listAgain } from './list-again.ts';
import { listPage } from './list-page.ts';
import { migrateStore } from './migrate-store.ts';
import { moveObjects } from './move-objects.ts';
import { oneSignal } from './one-signal.ts';
import { putSome } from './put-some.ts';
import { readRanges } from './read-ranges.ts';
import { scan } from './scan.ts';
import { uploadEndless } from './upload-endless.ts';
import { uploadFiles } from './upload-files.ts';

/** What is measured in a process of its own. Arguments and results are JSON. */
const tasks = {
  downloadWhole,
  getPlain,
  leaveUnread,
  listAgain,
  listPage,
  migrateStore,
  moveObjects,
  oneSignal,
  putSome,
  readRanges,
  scan,
  uploadEndless,
  uploadFiles,
};

type Tasks = typeof tasks;
export type TaskName = keyof Tasks;
export type TaskArguments<Name extends TaskName> = Parameters<Tasks[Name]>[0];
export type TaskResult<Name extends TaskName> = Awaited<ReturnType<Tasks[Name]>>;

export async function performTask(name: string, taskArguments: string): Promise<void> {
  if (!Object.hasOwn(tasks, name)) throw new Error(`there is no task ${name}`);
  // What the parent sends is what the parameter of the task of this name says; `runTask` is typed by it.
  const task = tasks[name as TaskName] as (from: unknown) => Promise<unknown>;
  process.stdout.write(JSON.stringify(await task(JSON.parse(taskArguments))));
}
