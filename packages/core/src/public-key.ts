/** The prime of the field over which Ed25519's curve is defined (RFC 8032, 5.1). */
const prime = 2n ** 255n - 19n;
const signBit = 2n ** 255n;

/** The y of two of the four points of order 8; its negative is that of the other two. */
const yOfOrderEight = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
/** The eight points whose order divides 8, by y: of order 1, 2, 4 and 8. The sign bit only chooses between x and -x. */
const yOfSmallOrder: ReadonlySet<bigint> = new Set([1n, prime - 1n, 0n, yOfOrderEight, prime - yOfOrderEight]);

/** The public keys of RFC 8032, 7.1 to 7.3: the private ones stand beside them. */
const published: ReadonlySet<string> = new Set([
  'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
  '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
  '278117fc144c72340f67d0f2316e8386ceffbf2b2428c9c51fef7c597f1d426e',
  'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
  'dfc9425e4f968f7f0c29f0259cf5f9aed6851c2bb4ad8bfb860cfee0ab248292',
  '0f1d1274943b91415889152e893d80e93275a1fc0b65fd71b4b0dda10ad7d772',
]);

/**
 * Why no signature proves anything under this Ed25519 public key, or `undefined`. Not every OpenSSL refuses a key of small order,
 * for which anybody can make up a signature that it verifies.
 */
export function problemOfPublicKey(bytes: Uint8Array): string | undefined {
  const y = BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`) % signBit;
  if (y >= prime) return 'is not encoded in its one form';
  if (yOfSmallOrder.has(y)) return 'is of small order: anybody could sign for it';
  if (published.has(Buffer.from(bytes).toString('hex'))) return 'is well-known: RFC 8032 shows its private key';
  return undefined;
}
