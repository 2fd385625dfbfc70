/**
 * Changes after which nothing can be told from before, so that no test could see them.
 *
 * @type {{ source: string, original: string, replacement: string, reason: string }[]}
 */
export const equivalents = [
  {
    source: 'ids',
    original: '/^[a-z0-9._/-]*$/',
    replacement: '/^[a-z0-9._/-]$/',
    reason: 'what has no byte to escape comes out the same when it is looked at byte by byte, only later.',
  },
  {
    source: 'ids',
    original: 'plain.test(id)',
    replacement: 'false',
    reason: 'the same.',
  },
  {
    source: 'ids',
    original: "'id'",
    replacement: '""',
    reason: 'where a key is read, the problem of its id is told to nobody.',
  },
];
