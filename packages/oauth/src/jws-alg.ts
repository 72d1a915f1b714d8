/** RFC 7518, section 3.1, without `none` and the symmetric ones; RFC 8037 and RFC 9864 for Ed25519. */
export const JWS_ALGS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const

export type JwsAlg = (typeof JWS_ALGS)[number]

export interface AlgRule {
  /** undefined: the algorithm hashes by itself. */
  readonly digest: 'sha256' | 'sha384' | 'sha512' | undefined
  readonly form: 'pkcs1' | 'pss' | 'p1363' | 'eddsa'
  /** Exact signature length in bytes; undefined: that of the RSA modulus, which OpenSSL checks. */
  readonly signatureBytes: number | undefined
}

export const ALG_RULES: Readonly<Record<JwsAlg, AlgRule>> = {
  RS256: { digest: 'sha256', form: 'pkcs1', signatureBytes: undefined },
  RS384: { digest: 'sha384', form: 'pkcs1', signatureBytes: undefined },
  RS512: { digest: 'sha512', form: 'pkcs1', signatureBytes: undefined },
  PS256: { digest: 'sha256', form: 'pss', signatureBytes: undefined },
  PS384: { digest: 'sha384', form: 'pss', signatureBytes: undefined },
  PS512: { digest: 'sha512', form: 'pss', signatureBytes: undefined },
  ES256: { digest: 'sha256', form: 'p1363', signatureBytes: 64 },
  ES384: { digest: 'sha384', form: 'p1363', signatureBytes: 96 },
  ES512: { digest: 'sha512', form: 'p1363', signatureBytes: 132 },
  EdDSA: { digest: undefined, form: 'eddsa', signatureBytes: 64 },
  Ed25519: { digest: undefined, form: 'eddsa', signatureBytes: 64 },
}

export function isJwsAlg(value: unknown): value is JwsAlg {
  return typeof value === 'string' && Object.hasOwn(ALG_RULES, value)
}
