import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Who may do what. A token itself is nowhere: what is kept is its SHA-256, which is enough for one that is random. */
export interface User {
  readonly name: string;
  readonly rights: 'read' | 'write';
  /** Only ids that begin with this; empty for all. */
  readonly prefix: string;
}

interface Entry extends User {
  readonly digest: Buffer;
}

/** Everybody who has a token. */
export class Users {
  readonly #entries: readonly Entry[];

  /**
   * @param text - A user a line, `<name> <read|write> <SHA-256 of the token, in hex> [prefix]`; lines that begin with `#` are left out.
   * @throws `Error` with the number of the line that is wrong
   */
  constructor(text: string) {
    this.#entries = text
      .split('\n')
      .map((line, index) => ({ line: line.trim(), number: index + 1 }))
      .filter(({ line }) => line !== '' && !line.startsWith('#'))
      .map(({ line, number }) => entryOf(line, number));
    if (this.#entries.length === 0) throw new Error('no user is named: nobody could do anything');
  }

  /** Who sends a request, by its bearer token. */
  of({ headers }: IncomingMessage): User | undefined {
    const [, token] = /^Bearer +([\w.~+/-]+=*)$/i.exec(headers.authorization ?? '') ?? [];
    return token === undefined ? undefined : this.find(token);
  }

  /** Whose token it is. Takes as long for any other text of that length, and for any user. */
  find(token: string): User | undefined {
    const digest = createHash('sha256').update(token).digest();
    let found: User | undefined;
    for (const { digest: known, ...user } of this.#entries) if (timingSafeEqual(digest, known)) found = user;
    return found;
  }
}

function entryOf(line: string, number: number): Entry {
  const [, name, rights, hex, prefix = ''] = /^(\S+)\s+(read|write)\s+([0-9a-f]{64})(?:\s+(\S+))?$/.exec(line) ?? [];
  if (name === undefined || hex === undefined || (rights !== 'read' && rights !== 'write'))
    throw new Error(`line ${number} of the users is not "<name> <read|write> <SHA-256 of the token, in hex> [prefix]"`);
  return { name, rights, prefix, digest: Buffer.from(hex, 'hex') };
}
