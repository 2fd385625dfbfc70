import type { User } from './users.ts';

export type ServiceOperation = 'upload' | 'download' | 'delete' | 'list';

/** Who asks. It is the context of the store's operations, too, and so in every event of them. */
export interface RequestContext {
  /** Nobody, without a token that is known. */
  readonly user: User | undefined;
  readonly address: string | undefined;
}

/** Asked before anything is done. `id` is the artifact, or the prefix of a listing. */
export type Authorize = (
  context: RequestContext,
  operation: ServiceOperation,
  id: string,
) => boolean | Promise<boolean>;

/** Whoever may write may read, and both only below their prefix. */
export const byRights: Authorize = ({ user }, operation, id) => {
  if (user === undefined || !id.startsWith(user.prefix)) return false;
  return user.rights === 'write' || operation === 'download' || operation === 'list';
};
