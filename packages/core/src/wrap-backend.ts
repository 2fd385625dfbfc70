import type { ArtifactBackend } from './backend.ts';

/**
 * A backend that is `inner` except for the members of `overrides`. Every method is called on the object that it comes from,
 * so both may be instances of classes with private state, and whatever is not overridden keeps every ability of `inner`.
 *
 * An override that wants the original calls it on `inner`. The members are looked up once, here: a method that is replaced
 * on either object afterwards is not seen.
 */
export function wrapBackend(inner: ArtifactBackend, overrides: Partial<ArtifactBackend>): ArtifactBackend {
  const member = <Name extends keyof ArtifactBackend>(name: Name): ArtifactBackend[Name] =>
    bound(overrides, name) ?? bound(inner, name);
  // Required, so that a new optional member of the contract fails to compile here until it is passed on.
  return {
    contract: member('contract'),
    name: member('name'),
    capabilities: member('capabilities'),
    write: member('write'),
    read: member('read'),
    delete: member('delete'),
    list: member('list'),
    discardUnfinished: member('discardUnfinished'),
    check: member('check'),
    close: member('close'),
  } satisfies Required<ArtifactBackend>;
}

function bound<Owner extends Partial<ArtifactBackend>, Name extends keyof ArtifactBackend>(
  owner: Owner,
  name: Name,
): Owner[Name] {
  const value = owner[name];
  return typeof value === 'function' ? (value.bind(owner) as Owner[Name]) : value;
}
