import { ArtifactError } from '@artifacts/core';

/** What the template's names become. */
export interface Names {
  /** Of the npm package. */
  readonly package: string;
  /** Of the medium in URLs and error messages: `acme-cloud`. */
  readonly medium: string;
  /** The same in the name of a type: `AcmeCloud`. */
  readonly type: string;
}

/** What every store opens by itself. */
const taken = ['file', 'memory', 's3'];

/** The names of a package in a folder of this name. @throws `INVALID_ARGUMENT` */
export function namesOf(folder: string): Names {
  const words = folder.split('-').filter((word) => word !== 'artifacts' && word !== 'backend');
  // Such as my-backend: its only other word says whose it is, which will do for a beginning.
  const medium = words.join('-');
  if (!/^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$/.test(medium) || medium.length > 32) {
    throw refused('its name has to be that of a medium: a lower-case letter, then letters, digits and single hyphens');
  }
  if (taken.includes(medium)) throw refused(`"${medium}:" opens another backend already: take another name`);
  return {
    package: folder,
    medium,
    type: medium.replaceAll(/(?:^|-)(.)/g, (_, first: string) => first.toUpperCase()),
  };
}

/** `text` of the template with these names in it. */
export function renamed(text: string, names: Names): string {
  const identifier = names.type.replace(/^./, (first) => first.toLowerCase());
  return text.replaceAll(/@acme\/artifacts-acme|Acme|(acme)(?=[A-Z])|acme/g, (found, start?: string) => {
    if (start !== undefined) return identifier;
    if (found === 'Acme') return names.type;
    return found === 'acme' ? names.medium : names.package;
  });
}

function refused(message: string): ArtifactError {
  return new ArtifactError('INVALID_ARGUMENT', message, { field: 'folder' });
}
