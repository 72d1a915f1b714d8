import type { Facts } from './facts.js'
import type { SignRequest } from './sign-request.js'
import type { TokenClaims } from './token-claims.js'

export interface PolicySettings {
  readonly issuer: string
  readonly environment: string
  readonly algs: readonly string[]
  /** Seconds: no token lives longer, whatever its API says. */
  readonly maxTokenLifetime: number
}

/** One request with everything that a rule may look at. `now`: NumericDate seconds. */
export interface Case {
  readonly requester: string
  readonly request: SignRequest
  readonly claims: TokenClaims | undefined
  readonly facts: Facts
  readonly settings: PolicySettings
  readonly now: number
}

/** A case that asks for a token. */
export interface TokenCase extends Case {
  readonly request: SignRequest & Required<Pick<SignRequest, 'access' | 'assertion'>>
  readonly claims: TokenClaims
}

/** True: this rule has nothing against it. */
export type Rule<C> = (at: C) => boolean

/** The name of the first rule that a case breaks. */
export function firstBroken<C>(rules: Readonly<Record<string, Rule<C>>>, at: C): string | undefined {
  for (const name in rules) if (rules[name]?.(at) === false) return name
  return undefined
}
