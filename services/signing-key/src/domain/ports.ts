import type { JwsAlg } from '@tillit/oauth'
import type { KeyRecord, KeyState, NonceRecord } from './key-state.js'

/** Epoch milliseconds. */
export type Now = () => number

export type MaybePromise<T> = T | Promise<T>

export interface ClientFacts {
  readonly clientId: string
  readonly clientName: string
  readonly status: string
  readonly organisation: string
  readonly tenancy: string
  readonly childOrganizationNumbers: readonly string[]
  readonly grantTypes: readonly string[]
  readonly scopes: readonly string[]
  readonly flags: { readonly allowBearer: boolean }
  readonly audienceClaims: Readonly<Record<string, Readonly<Record<string, string>>>>
}

export interface OrganisationFacts {
  readonly orgnr: string
  readonly status: string
  readonly synthetic: boolean
  readonly subUnits: readonly string[]
}

export interface ApiFacts {
  readonly audience: string
  readonly status: string
  readonly scopes: readonly string[]
  readonly signingAlg: string
  /** Seconds. */
  readonly accessTokenLifetime: number
  readonly allowBearer: boolean
}

export interface DelegationFacts {
  readonly status: string
}

/** The registry as this replica knows it. `null`: no such entry. A promise only where it must be loaded. */
export interface Registry {
  client(clientId: string): MaybePromise<ClientFacts | null>
  organisation(orgnr: string): MaybePromise<OrganisationFacts | null>
  api(audience: string): MaybePromise<ApiFacts | null>
  delegation(supplier: string, delegator: string): MaybePromise<DelegationFacts | null>
  /** False once the watch has been silent for too long: then nothing is signed. */
  fresh(): boolean
}

/** How clients map to issuance streams. `issueFrom`: NumericDate seconds. */
export interface PartitionMap {
  readonly generation: number
  readonly partitions: number
  readonly issueFrom: number
}

export interface Partitions {
  /** Undefined without a current generation: then nothing is signed. */
  current(): PartitionMap | undefined
}

/** A private key behind a function: there is no way to read it. */
export interface Signer {
  readonly kid: string
  readonly alg: JwsAlg
  /** The JOSE header {alg, typ, kid}, encoded. */
  header(typ: string): string
  /** base64url signature. ECDSA answers at once; RSA signs off the main loop. */
  sign(signingInput: string): MaybePromise<string>
}

export type RecordKind = 'tokenIntent' | 'tokenOutcome' | 'replayRefused' | 'assertionSpent'

export interface RecordDraft {
  readonly kind: RecordKind
  readonly data: unknown
  /** UUIDv7 of the request, whose millisecond is the record's time; a fresh one where absent. */
  readonly id?: string | undefined
  readonly traceparent?: string | undefined
}

/** A record with its place in this producer's gap-free sequence. Whoever takes a place must fill it. */
export interface PlacedRecord {
  readonly partition: number
  readonly place: { readonly producer: string; readonly epoch: string; readonly stream: string; readonly n: number }
  readonly body: string
}

/**
 * `stored`; `duplicate`: the id was used before, this record is not stored; `unknown`: stored or not; `not_stored`: the
 * broker refused it or was never reached. `seq`: the stream's sequence of the first bearer of the id, 0 where unknown.
 */
export type Ack =
  { readonly kind: 'stored' | 'duplicate'; readonly seq: number } | { readonly kind: 'unknown' | 'not_stored' }

/** The issuance streams and the memory of proofs. Never rejects. */
export interface Recorder {
  connected(): boolean
  place(partition: number, draft: RecordDraft): PlacedRecord
  /** Another record for the place of one that was never stored. */
  refill(record: PlacedRecord, draft: RecordDraft): PlacedRecord
  publish(record: PlacedRecord, messageId: string, timeoutMs: number): Promise<Ack>
  spendProof(messageId: string, timeoutMs: number): Promise<Ack>
  /** Highest sequence that this process has seen acknowledged on a partition. */
  lastSeq(partition: number): number
}

/** The KEK's side of keys (security.md, section 4: generate, wrap, sign, destroy). No plain key ever leaves it. */
export interface Vault {
  /** The KEK's backend, for metrics. */
  readonly backend: string
  makeKey(alg: JwsAlg): Promise<{ kid: string; publicJwk: Readonly<Record<string, string>>; wrapped: Uint8Array }>
  open(key: KeyRecord): Promise<Signer>
  makeSecret(id: number): Promise<Uint8Array>
  /** The nonce secret under the key that entitled services read, base64url (architecture.md, "Keys"). */
  seal(secret: NonceRecord): Promise<string>
}

/** Keys and nonce secrets at rest, wrapped. */
export interface KeyStore {
  read(): Promise<KeyState>
  /**
   * Under the cluster-wide lock: reads, asks `decide` for the state that should be, and commits it with new revisions.
   * `decide` answers undefined where nothing is due.
   */
  change(decide: (state: KeyState) => Promise<KeyState | undefined>): Promise<KeyState>
}

/** Where the public halves and the sealed nonce secrets are read by others. */
export interface KeyPublisher {
  publishKeys(state: KeyState): Promise<void>
  publishNonces(state: KeyState, sealed: readonly string[]): Promise<void>
}
