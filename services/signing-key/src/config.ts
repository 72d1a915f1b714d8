import { BaseConfig, ConfigError, DatabaseConfig, loadConfig } from '@tillit/service-kit'
import Type from 'typebox'
import type { Static } from 'typebox'

const File = Type.String({ minLength: 1 })
const Label = Type.String({ minLength: 1, maxLength: 32 })
const Alg = Type.Union([Type.Literal('ES256'), Type.Literal('PS256'), Type.Literal('RS256')])

/** The environment of signing-key; files hold secrets, variables only their paths. */
export const SigningKeyConfig = Type.Object({
  ...BaseConfig,
  ...DatabaseConfig,
  /** Where the key-encryption key lives. `file` is for local use and tests: production refuses it. */
  KEK_BACKEND: Type.Union([Type.Literal('file'), Type.Literal('pkcs11')], { default: 'file' }),
  /** For `file`: 32 random bytes in base64url. */
  KEK_FILE: Type.Optional(File),
  /** For `pkcs11`: the vendor's library, the labels of the token and of the AES key in it, and a file with the user's PIN. */
  PKCS11_MODULE: Type.Optional(File),
  PKCS11_TOKEN_LABEL: Type.Optional(Label),
  PKCS11_KEY_LABEL: Type.Optional(Label),
  PKCS11_PIN_FILE: Type.Optional(File),
  /** 32 random bytes in base64url: the key under which entitled services read DPoP nonce secrets. */
  NONCE_KEY_FILE: File,
  ALLOWED_ALGS: Type.Array(Alg, { minItems: 1, uniqueItems: true, default: ['ES256', 'PS256', 'RS256'] }),
  /** No token lives longer, whatever its API says. */
  MAX_TOKEN_LIFETIME_SECONDS: Type.Integer({ minimum: 60, maximum: 86_400, default: 3_600 }),
  /** Registry entries held in memory at most. */
  READ_MODEL_CAPACITY: Type.Integer({ minimum: 100, maximum: 5_000_000, default: 50_000 }),
  /** A registry that is silent for longer stops signing. */
  STALE_AFTER_MS: Type.Integer({ minimum: 1_500, maximum: 60_000, default: 5_000 }),
  /** Proofs made until this long after the memory of proofs was created are refused; covers clocks that differ. */
  PROOF_FLOOR_MARGIN_MS: Type.Integer({ minimum: 0, maximum: 60_000, default: 10_000 }),
  /** Of the memory of proofs, when it must be made anew: as the deployment made it. */
  PROOF_STREAM_REPLICAS: Type.Integer({ minimum: 1, maximum: 5, default: 3 }),
  PROOF_STREAM_MAX_BYTES: Type.Integer({ minimum: 1_048_576, maximum: 1_099_511_627_776, default: 1_073_741_824 }),
  /** Fault tests only, and only where TILLIT_ENVIRONMENT is local: a pause between acknowledgement and signature. */
  TEST_PAUSE_BEFORE_SIGN_MS: Type.Optional(Type.Integer({ minimum: 1, maximum: 60_000 })),
})
export type SigningKeyConfig = Static<typeof SigningKeyConfig>

/** What each backend needs. */
const KEK_VARIABLES = {
  file: ['KEK_FILE'],
  pkcs11: ['PKCS11_MODULE', 'PKCS11_TOKEN_LABEL', 'PKCS11_KEY_LABEL', 'PKCS11_PIN_FILE'],
} as const

/** Reads the environment. Throws `ConfigError` naming each variable and what to do. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): SigningKeyConfig {
  const config = loadConfig(SigningKeyConfig, env)
  const { TILLIT_ENVIRONMENT: environment, KEK_BACKEND: backend } = config
  const problems = KEK_VARIABLES[backend]
    .filter((name) => config[name] === undefined)
    .map((name) => `- ${name} is not set: KEK_BACKEND ${backend} needs it`)
  if (environment === 'production' && backend === 'file')
    problems.push('- KEK_BACKEND is file, which production refuses: set it to pkcs11')
  if (environment !== 'local' && config.TEST_PAUSE_BEFORE_SIGN_MS !== undefined)
    problems.push('- TEST_PAUSE_BEFORE_SIGN_MS is for fault tests where TILLIT_ENVIRONMENT is local: unset it')
  if (problems.length > 0) throw new ConfigError(`Invalid configuration:\n${problems.join('\n')}`)
  return config
}
