import { decodeBase64url } from './base64url.js'

const P = (1n << 255n) - 19n
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n

/**
 * Whether 32 bytes in base64url are a point on Ed25519 that is encoded canonically and not of small order (RFC 8032, section
 * 5.1.3). A key of small order verifies signatures that nobody made.
 */
export function isEd25519Point(encoded: string): boolean {
  const bytes = decodeBase64url(encoded)
  if (bytes?.length !== 32) return false
  const little = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)
  const y = little & ((1n << 255n) - 1n)
  if (y >= P) return false
  const ySquared = (y * y) % P
  const u = (ySquared - 1n + P) % P
  const v = (D * ySquared + 1n) % P
  // x^2 = u/v is a square exactly when (u*v)^((p-1)/2) is 1; u = 0 (x = 0) is the identity or the point of order two.
  if (u === 0n || power((u * v) % P, (P - 1n) / 2n) !== 1n) return false
  return !hasSmallOrder(y, ySquared)
}

/** Order 4 has y = 0; order 8 has y^2 with d*y^4 + 2*y^2 - 1 = 0, because doubling it must give y = 0. */
function hasSmallOrder(y: bigint, ySquared: bigint): boolean {
  return y === 0n || (D * ySquared * ySquared + 2n * ySquared - 1n) % P === 0n
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let factor = base
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * factor) % P
    factor = (factor * factor) % P
  }
  return result
}
