// What has to be true before anything is published, beside what npm test checks.
import { join } from 'node:path';
import { releasedApi } from './lib/released-api.mjs';
import { publishedFolders, readJson, report, root } from './lib/workspace.mjs';

const released = releasedApi(root);
const problems = publishedFolders().flatMap((folder) => {
  const { name, version, repository } = readJson(join(root, folder, 'package.json'));
  const found = [];
  // The registry compares it with the repository that signed the provenance.
  if (!/^git\+https:\/\/\S+\.git$/.test(repository?.url ?? '') || repository.directory !== folder) {
    const wanted = JSON.stringify({ type: 'git', url: 'git+https://<host>/<owner>/<name>.git', directory: folder });
    found.push(`${folder}/package.json: no provenance without "repository": ${wanted}`);
  }
  if (released[name]?.version !== version) {
    found.push(`${folder}: the API of ${version} is not recorded: run npm run version`);
  }
  return found;
});
report(problems, 'ready to publish');
