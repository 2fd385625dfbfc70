/**
 * Changes after which nothing can be told from before, so that no test could see them.
 *
 * @type {{ source: string, original: string, replacement: string, reason: string }[]}
 */
export const equivalents = [];
