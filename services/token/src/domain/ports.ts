import type { DpopKeyCache, GrantType, NonceVerdict, PublicKey } from '@tillit/oauth'
import type { Api, Client, Delegation, Environment, Lookup, Organisation, Rate } from './model.js'

/** The registry's read model. */
export interface Registry {
  client(clientId: string): Lookup<Client>
  organisation(orgnr: string): Lookup<Organisation>
  api(audience: string): Lookup<Api>
  delegation(supplier: string, delegator: string): Lookup<Delegation>
  isRevoked(jti: string): boolean | Promise<boolean>
}

/** Public keys of this issuer that are trusted now, by `kid`. */
export interface PublishedKeys {
  find(kid: string): PublicKey | undefined
}

export interface Nonces {
  /** The nonce to hand out; undefined while no secret is known. */
  current(now: number): string | undefined
  check(nonce: string | undefined, now: number): NonceVerdict
}

export interface Spend {
  readonly clientId: string
  readonly jti: string
  readonly exp: number
}

export interface ProofUse {
  readonly jkt: string
  readonly jti: string
  readonly exp: number
}

/** What the decision was made from: it goes into the record, so that a token can be explained. */
export interface DecisionInputs {
  readonly grant: string
  readonly scopeRequested: readonly string[] | null
  readonly scopeRejected: readonly string[]
  readonly resource: readonly string[]
  readonly organisation?: { readonly parent: string; readonly child?: string; readonly supplier?: string }
  readonly revisions: Readonly<Record<string, number>>
  readonly assertionKid?: string
  readonly flagsUsed: readonly string[]
}

export interface SignOrder {
  readonly purpose: 'token.issued' | 'token.revoked' | 'token.introspected'
  readonly assertion: Spend
  readonly proof?: ProofUse
  /** The JWT to sign; `payload` is its claims as JSON. Without it the order only spends. */
  readonly access?: { readonly typ: string; readonly alg: string; readonly payload: string }
  readonly inputs?: DecisionInputs
  readonly traceparent?: string
}

export type SignOutcome =
  | { readonly ok: true; readonly access?: string }
  | { readonly ok: false; readonly error: SignFailure; readonly detail?: string }
export type SignFailure = 'replay' | 'proof_replay' | 'policy' | 'unavailable'

/** signing-key: records, then signs. Rejects with `temporarily_unavailable` when no answer came in time. */
export interface Signer {
  recordAndSign(order: SignOrder): Promise<SignOutcome>
}

/** client-registry: commits a revocation. Rejects with `temporarily_unavailable` when it cannot. */
export interface Revocations {
  revoke(token: { readonly jti: string; readonly exp: number; readonly clientId: string }): Promise<void>
}

export interface RateLimit {
  /** Seconds to wait before the next request of this client; 0 when this one may pass. Counts it. */
  take(clientId: string, rate: Rate | undefined): number
}

/** Where a request is: the stages of the metric `tillit.token.stage.duration` and, with the error, the cause of a refusal. */
export type Stage = 'request' | 'client_auth' | 'dpop' | 'policy' | 'sign' | 'verify'

/** What one request leaves behind. It carries no value that the request brought, except a registered client. */
export interface Trail {
  enter(stage: Stage): void
  /** The grant that the request asks for. */
  asks(grantType: GrantType): void
  /** The client that the request names, where the registry knows it; not yet authenticated. */
  knows(client: Client): void
  /** Something allowed that should end: logged once per client and cause with a count. */
  warn(cause: string): void
  /** Somebody inside may be lying (J04): logged at once. */
  alarm(cause: string, detail: string): void
}

/** Time in epoch milliseconds. */
export type Now = () => number

/** Why this process must not issue now; undefined when it may. */
export type Unready = () => string | undefined

export interface Issuer {
  readonly issuer: string
  /** Exactly as in discovery. */
  readonly tokenEndpoint: string
  readonly environment: Environment
}

/** What every endpoint needs that authenticates a client and spends its assertion. */
export interface ClientDeps extends Issuer {
  readonly registry: Registry
  readonly rates: RateLimit
  readonly signer: Signer
  readonly unready: Unready
  readonly now: Now
}

export interface IssueDeps extends ClientDeps {
  readonly nonces: Nonces
  readonly keys: PublishedKeys
  readonly dpopKeys: DpopKeyCache
  /** 32 hex digits, random. */
  readonly newJti: () => string
}

export interface TokenStatusDeps extends ClientDeps {
  readonly keys: PublishedKeys
}

export interface RevokeDeps extends TokenStatusDeps {
  readonly revocations: Revocations
}

/** The public names of the endpoints that authenticate clients. */
export type Endpoint = 'token' | 'revocation' | 'introspection'

/** A trail with its ends: each request calls exactly one of them. */
export interface RequestTrail extends Trail {
  done(): void
  refused(error: unknown): void
}

/** Log line, metric and audit event of a request come from one place (style.md, rule 12). */
export interface Journal {
  open(endpoint: Endpoint): RequestTrail
}
