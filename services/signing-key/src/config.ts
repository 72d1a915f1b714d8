import { BaseConfig, ConfigError, DatabaseConfig, loadConfig } from '@tillit/service-kit'
import Type from 'typebox'
import type { Static } from 'typebox'

const Alg = Type.Union([Type.Literal('ES256'), Type.Literal('PS256'), Type.Literal('RS256')])

/** The environment of signing-key; files hold secrets, variables only their paths. */
export const SigningKeyConfig = Type.Object({
  ...BaseConfig,
  ...DatabaseConfig,
  /** Where the key-encryption key lives. `file` is for local use and tests: production refuses it. */
  KEK_BACKEND: Type.Union([Type.Literal('file')], { default: 'file' }),
  /** 32 random bytes in base64url. */
  KEK_FILE: Type.String({ minLength: 1 }),
  /** 32 random bytes in base64url: the key under which entitled services read DPoP nonce secrets. */
  NONCE_KEY_FILE: Type.String({ minLength: 1 }),
  ALLOWED_ALGS: Type.Array(Alg, { minItems: 1, uniqueItems: true, default: ['ES256', 'PS256', 'RS256'] }),
  /** No token lives longer, whatever its API says. */
  MAX_TOKEN_LIFETIME_SECONDS: Type.Integer({ minimum: 60, maximum: 86_400, default: 3_600 }),
  /** Registry entries held in memory at most. */
  READ_MODEL_CAPACITY: Type.Integer({ minimum: 100, maximum: 5_000_000, default: 50_000 }),
  /** A registry that is silent for longer stops signing. */
  STALE_AFTER_MS: Type.Integer({ minimum: 1_500, maximum: 60_000, default: 5_000 }),
  /** Proofs made until this long after the memory of proofs was created are refused; covers clocks that differ. */
  PROOF_FLOOR_MARGIN_MS: Type.Integer({ minimum: 0, maximum: 60_000, default: 10_000 }),
  /** Fault tests only, and only where TILLIT_ENVIRONMENT is local: a pause between acknowledgement and signature. */
  TEST_PAUSE_BEFORE_SIGN_MS: Type.Optional(Type.Integer({ minimum: 1, maximum: 60_000 })),
})
export type SigningKeyConfig = Static<typeof SigningKeyConfig>

/** Reads the environment. Throws `ConfigError` naming the variable and what to do. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): SigningKeyConfig {
  const config = loadConfig(SigningKeyConfig, env)
  const problems = [
    config.TILLIT_ENVIRONMENT === 'production' &&
      config.KEK_BACKEND === 'file' &&
      '- KEK_BACKEND is file, which production refuses: use a hardware-backed KEK',
    config.TILLIT_ENVIRONMENT !== 'local' &&
      config.TEST_PAUSE_BEFORE_SIGN_MS !== undefined &&
      '- TEST_PAUSE_BEFORE_SIGN_MS is for fault tests where TILLIT_ENVIRONMENT is local: unset it',
  ].filter((problem) => problem !== false)
  if (problems.length > 0) throw new ConfigError(`Invalid configuration:\n${problems.join('\n')}`)
  return config
}
