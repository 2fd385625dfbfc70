import { isArtifactError } from '@artifacts/core';

const secretName = /key|secret|token|password|passwd|credential|auth/i;

/**
 * What an error says, in one line and without secrets: no cause and no property, nothing of what the environment holds
 * under names such as `ACME_TOKEN`, no user or query of a URL.
 */
export function errorText(error: unknown, env: Readonly<Record<string, string | undefined>> = process.env): string {
  const text = isArtifactError(error) ? `${error.code}: ${error.message}` : String(error);
  const secrets = Object.entries(env).flatMap(([name, value = '']) =>
    secretName.test(name) && value.length >= 8 ? [value] : [],
  );
  const shown = secrets
    .reduce((found, secret) => found.replaceAll(secret, '***'), text)
    .replaceAll(/(\w:\/\/)[^\s/@]*@/g, '$1***@')
    .replaceAll(/(\w:\/\/[^\s?"'<>]*)\?[^\s"'<>]*/g, '$1?***');
  return shown.replaceAll(/\s+/g, ' ').trim().slice(0, 500);
}
