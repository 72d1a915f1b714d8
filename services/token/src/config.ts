import { BaseConfig } from '@tillit/service-kit'
import Type from 'typebox'
import type { Static } from 'typebox'

/** The environment of the token service. */
export const TokenConfig = Type.Object({
  ...BaseConfig,
  PORT: Type.Integer({ minimum: 1, maximum: 65_535 }),
  /** 32 bytes in base64url: opens the DPoP nonce secrets that signing-key publishes. */
  NONCE_KEY_FILE: Type.String({ minLength: 1 }),
  /** Milliseconds from a request's arrival after which nothing is signed for it. */
  SIGN_DEADLINE_MS: Type.Integer({ minimum: 100, maximum: 10_000, default: 2_000 }),
  /** Registry entries held in memory. */
  READ_MODEL_CAPACITY: Type.Integer({ minimum: 100, maximum: 10_000_000, default: 50_000 }),
  /** Milliseconds without word from the registry after which nothing is issued. */
  STALE_AFTER_MS: Type.Integer({ minimum: 1_000, maximum: 60_000, default: 5_000 }),
  /** Of each client that has no rate of its own. */
  CLIENT_RATE_PER_SECOND: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 50 }),
  CLIENT_RATE_BURST: Type.Integer({ minimum: 1, maximum: 1_000_000, default: 200 }),
})
export type TokenConfig = Static<typeof TokenConfig>
