/**
 * Changes after which nothing can be told from before, so that no test could see them.
 *
 * @type {{ source: string, original: string, replacement: string, reason: string }[]}
 */
export const equivalents = [
  {
    source: 'envelope',
    original: "''",
    replacement: '"Stryker was here!"',
    reason: 'stands for bytes that are no text, and is no JSON either.',
  },
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
    reason: 'it only spares a look at every byte.',
  },
  {
    source: 'ids',
    original: "'id'",
    replacement: '""',
    reason: 'where a key is read, the problem of its id is told to nobody.',
  },
  {
    source: 'key-material',
    original: '/^(base64|hex):(.*)$/s',
    replacement: '/^(base64|hex):(.*)/s',
    reason: 'what stands behind the colon goes on to the end in either case.',
  },
  {
    source: 'key-material',
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'the first of what is found is passed over, and there is no second.',
  },
  {
    source: 'key-material',
    original: 'encoding === undefined || encoded === undefined',
    replacement: 'encoding === undefined && encoded === undefined',
    reason: 'both are found or none.',
  },
  {
    source: 'key-material',
    original: 'encoding === undefined',
    replacement: 'false',
    reason: 'both are found or none.',
  },
  {
    source: 'key-material',
    original: 'encoded === undefined',
    replacement: 'false',
    reason: 'both are found or none.',
  },
  {
    source: 'key-material',
    original: "'which key is this?'",
    replacement: '""',
    reason: 'any text will do: a fingerprint is compared with others of the same process alone.',
  },
  {
    source: 'keyring-text',
    original: '/^([^=]+)=([^=\\s].*)$/s',
    replacement: '/^([^=]+)=([^=\\s].*)/s',
    reason: 'what stands behind goes on to the end in either case.',
  },
  {
    source: 'keyring-text',
    original: '[]',
    replacement: '["Stryker was here"]',
    reason: 'the first of what is found is passed over, and there is no second.',
  },
  {
    source: 'keyring-text',
    original: 'keyid === undefined || key === undefined',
    replacement: 'keyid === undefined && key === undefined',
    reason: 'both are found or none.',
  },
  {
    source: 'keyring-text',
    original: 'keyid === undefined',
    replacement: 'false',
    reason: 'both are found or none.',
  },
  {
    source: 'keyring-text',
    original: 'key === undefined',
    replacement: 'false',
    reason: 'both are found or none.',
  },
  {
    source: 'keyring-text',
    original: '/^(?:(ed25519|ed25519-public):)?((?:base64|hex):.*)$/s',
    replacement: '/^(?:(ed25519|ed25519-public):)?((?:base64|hex):.*)/s',
    reason: 'what stands behind goes on to the end in either case.',
  },
  {
    source: 'read-record',
    original: 'listed.version !== known',
    replacement: 'false',
    reason: 'what is not remembered in the version that is listed is read in the same way further down.',
  },
  {
    source: 'read-record',
    original: 'unchanged !== undefined',
    replacement: 'true',
    reason: 'where nothing is said to be unchanged, nothing is taken from the cache either.',
  },
  {
    source: 'bounded-keys',
    original: "typeof answer.then === 'function'",
    replacement: 'true',
    reason: 'an answer whose then is no method comes back as it is, only a moment later.',
  },
];
