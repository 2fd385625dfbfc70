import type { ArtifactBackend, Written } from './backend.ts';
import { invalidArgument } from './errors.ts';
import { isKey } from './keys.ts';
import { topLevelNames } from './layout.ts';
import { wrapBackend } from './wrap-backend.ts';

const maxPrefixLength = 96;

/**
 * A backend whose keys all lie under `prefix` of another one, so that several stores share a medium. It separates
 * nothing that a signature would have to: for tenants give each store its own audience.
 *
 * `discardUnfinished` reaches the whole medium. Closing it closes the inner backend.
 *
 * @throws `INVALID_ARGUMENT` when `prefix` is not of the key alphabet, does not end in `/`, is longer than 96 characters, or
 * begins with a name of the store's own
 */
export function withPrefix(backend: ArtifactBackend, prefix: string): ArtifactBackend {
  const [first = ''] = prefix.split('/');
  if (
    !prefix.endsWith('/') ||
    prefix.length > maxPrefixLength ||
    !isKey(prefix.slice(0, -1)) ||
    topLevelNames.has(first)
  ) {
    throw invalidArgument(
      'prefix',
      `prefix ${JSON.stringify(prefix.slice(0, 120))} is not 1 to ${maxPrefixLength} characters of [a-z0-9._/=-] that end in "/" and begin with no name of the store's own`,
    );
  }
  const outside = <T extends Written>(written: T): T => ({ ...written, key: written.key.slice(prefix.length) });
  return wrapBackend(backend, {
    write: async (key, body, options) => outside(await backend.write(prefix + key, body, options)),
    read: async (key, options) => {
      const result = await backend.read(prefix + key, options);
      return result.status === 'absent' ? result : { ...result, info: outside(result.info) };
    },
    delete: (key, options) => backend.delete(prefix + key, options),
    async *list(options) {
      const after = options.after === undefined ? undefined : prefix + options.after;
      const inside = backend.list({ ...options, prefix: prefix + options.prefix, after });
      for await (const info of inside) yield outside(info);
    },
  });
}
