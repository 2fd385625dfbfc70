import { describe, expect, it } from 'vitest';
import { workflowProblems } from './workflows.mjs';

const commit = '0123456789abcdef0123456789abcdef01234567';
const good = `permissions: {}

jobs:
  test:
    uses: ./.github/workflows/ci.yml
  publish:
    permissions:
      id-token: write
    steps:
      - uses: actions/checkout@${commit} # v6.0.2
        with:
          persist-credentials: false
      - name: Set up
        uses: some/action/below@${commit} # v1.7.0
`;
const problems = (text) => workflowProblems('w.yml', text);

describe('the check of workflows', () => {
  it('finds nothing in a workflow that is pinned and has the rights it needs', () => {
    expect(problems(good)).toEqual([]);
    expect(problems(good.replace('permissions: {}', 'permissions:\n  contents: read'))).toEqual([]);
  });

  it.each(['v6', 'main # v6.0.2', commit, `${commit.slice(1)} # v6.0.2`, `${commit}0 # v6.0.2`])(
    'refuses an action at %s',
    (version) => {
      const pin = `some/action/below@${version}`;
      expect(problems(good.replace(/some\/action.*/, pin))).toEqual([
        `w.yml:14: pin "${pin}" to a full commit, with its version as a comment`,
      ]);
    },
  );

  it.each(['persist-credentials: true', 'fetch-depth: 0'])('refuses a checkout with %s', (setting) => {
    const later = '\n      - uses: ./local\n        with:\n          persist-credentials: false';
    expect(problems(good.replace('persist-credentials: false', setting) + later)).toEqual([
      'w.yml:10: a checkout needs persist-credentials: false',
    ]);
  });

  it('refuses the right to sign outside of the job that publishes', () => {
    expect(problems(good.replace('  publish:', '  build:'))).toEqual([
      'w.yml:8: only the job "publish" may sign provenance',
    ]);
  });

  it.each([
    '',
    'permissions: write-all\n',
    'permissions:\n  contents: write\n',
    'permissions:\n  contents: read\n  packages: write\n',
  ])('refuses %j as the rights of the whole workflow', (rights) => {
    expect(problems(good.replace('permissions: {}\n', rights))).toEqual([
      'w.yml: the workflow itself must have no rights, or contents: read; a job takes what it needs',
    ]);
  });
});
