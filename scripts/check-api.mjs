// What a package exposes changes only on purpose: its text stands beside it, and a changeset announces what is different.
import { apiProblems } from './lib/released-api.mjs';
import { publishedFolders, report, root } from './lib/workspace.mjs';

const folders = publishedFolders();
report(await apiProblems(root, folders), `${folders.length} packages`);
