/** What a caller may ask for, as the domain sees it. Times are NumericDate seconds unless a name says otherwise. */
export interface AssertionSpend {
  readonly clientId: string
  readonly jti: string
  readonly exp: number
}

/** `exp` = the proof's `iat` + 120. */
export interface ProofSpend {
  readonly jkt: string
  readonly jti: string
  readonly exp: number
}

export interface TokenToSign {
  readonly typ: string
  readonly alg: string
  readonly claims: Readonly<Record<string, unknown>>
}

export interface Represented {
  readonly parent?: string
  readonly child?: string
  readonly supplier?: string
}

/** What the requester decided from; only the organisation matters here, the whole goes into the record. */
export interface DecisionInputs {
  readonly organisation?: Represented
}

export interface SignRequest {
  readonly id: string
  readonly traceparent?: string
  readonly purpose: string
  readonly assertion?: AssertionSpend
  readonly proof?: ProofSpend
  readonly access?: TokenToSign
  readonly inputs?: DecisionInputs
}

/** `deadline`: epoch milliseconds; after it nothing is signed. */
export interface SignBatch {
  readonly deadline: number
  readonly requests: readonly SignRequest[]
}

export type SignError = 'replay' | 'proof_replay' | 'policy' | 'unavailable'

/**
 * `detail`: for `policy` the rule; for `unavailable` the seconds to wait, where known; `floor` for a proof that is older
 * than the memory of proofs (a new proof helps, and nothing was spent).
 */
export type SignResult =
  | { readonly ok: true; readonly access?: string }
  | { readonly ok: false; readonly error: SignError; readonly detail?: string }

export const refusal = (error: SignError, detail?: string): SignResult =>
  detail === undefined ? { ok: false, error } : { ok: false, error, detail }
