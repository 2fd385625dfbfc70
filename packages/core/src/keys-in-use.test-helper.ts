import { keyring } from './keyring.ts';
import { hmac } from './hmac.ts';
import { revoked, verifyOnly } from './signing-key.ts';
import type { KeyProvider } from './signing.ts';
import { type Opened, open, secretOf } from './store.test-helper.ts';

const ids = ['k1', 'k2', 'k3'] as const;

/** `active` sign, the others verify, and those of `dead` do not even that. */
export function signingWith(active: string | readonly string[], dead: readonly string[] = []): KeyProvider {
  const signs = [active].flat();
  return keyring({
    active,
    keys: Object.fromEntries(
      ids.map((id) => {
        const key = hmac(secretOf(id));
        if (dead.includes(id)) return [id, revoked(key)];
        return [id, signs.includes(id) ? key : verifyOnly(key)];
      }),
    ),
  });
}

/** Another store over what `opened` has, with other keys. */
export function rekeyed(opened: Opened, active: string | readonly string[], dead?: readonly string[]): Opened {
  return open({ backend: opened.backend, clock: opened.clock, signing: signingWith(active, dead) });
}
