import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { accessTokenClaims, jwkThumbprint, type AccessTokenInput, type JwsAlg } from '@tillit/oauth'
import { makeSigner } from '../store/signer.js'
import { Debts } from './debts.js'
import type { Ack, ApiFacts, ClientFacts, PlacedRecord, RecordDraft, Recorder, Registry, Signer } from './ports.js'
import type { Observer, SignDeps } from './record-and-sign.js'
import type { SignRequest } from './sign-request.js'

export const ISSUER = 'https://issuer.example'
export const PARENT = '999977774'
export const CHILD = '999977776'
export const SUPPLIER = '313745392'
export const JOURNAL = 'granfjelldal:journal'
export const JKT = 'k'.repeat(43)
/** 2026-09-01T08:00:00Z */
export const START = 1_788_249_600_000

const client = (change: Partial<ClientFacts>): ClientFacts => ({
  clientId: 'ehr',
  clientName: 'EHR of Granfjelldal',
  status: 'active',
  organisation: PARENT,
  tenancy: 'single-tenant',
  childOrganizationNumbers: [CHILD],
  grantTypes: ['client_credentials'],
  scopes: [`${JOURNAL}/read`, 'old:api/read'],
  flags: { allowBearer: false },
  audienceClaims: { [JOURNAL]: { 'journal-id': '17' } },
  ...change,
})

const api = (change: Partial<ApiFacts>): ApiFacts => ({
  audience: JOURNAL,
  status: 'active',
  scopes: [`${JOURNAL}/read`, `${JOURNAL}/write`],
  signingAlg: 'ES256',
  accessTokenLifetime: 600,
  allowBearer: false,
  ...change,
})

/** The registry as a plain object; a test changes what it is about. */
export const registryEntries = () => ({
  clients: {
    ehr: client({}),
    saas: client({ clientId: 'saas', organisation: SUPPLIER, tenancy: 'multi-tenant' }),
  } as Record<string, ClientFacts>,
  organisations: {
    [PARENT]: { orgnr: PARENT, status: 'active', synthetic: true, subUnits: [CHILD] },
    [CHILD]: { orgnr: CHILD, status: 'active', synthetic: true, subUnits: [] as string[] },
    [SUPPLIER]: { orgnr: SUPPLIER, status: 'active', synthetic: true, subUnits: [] as string[] },
  } as Record<string, { orgnr: string; status: string; synthetic: boolean; subUnits: string[] }>,
  apis: {
    [JOURNAL]: api({}),
    'old:api': api({ audience: 'old:api', scopes: ['old:api/read'], signingAlg: 'RS256' }),
  } as Record<string, ApiFacts>,
  delegations: { [`${SUPPLIER} ${PARENT}`]: { status: 'active' } } as Record<string, { status: string }>,
  fresh: true,
})
export type Entries = ReturnType<typeof registryEntries>

export const registryOf = (entries: Entries): Registry => ({
  client: (id) => entries.clients[id] ?? null,
  organisation: (orgnr) => entries.organisations[orgnr] ?? null,
  api: (audience) => entries.apis[audience] ?? null,
  delegation: (supplier, delegator) => entries.delegations[`${supplier} ${delegator}`] ?? null,
  fresh: () => entries.fresh,
})

let counter = 0
/** A UUIDv7 of this time. */
export const uuidAt = (ms: number): string => {
  const time = ms.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${String((counter += 1)).padStart(12, '0')}`
}

export interface RequestOptions {
  readonly now?: number
  readonly token?: Partial<AccessTokenInput>
  readonly alg?: string
}

/** A request that the policy has nothing against. */
export function tokenRequest({ now = START, token = {}, alg = 'ES256' }: RequestOptions = {}): SignRequest & {
  assertion: { clientId: string; jti: string; exp: number }
  proof: { jkt: string; jti: string; exp: number }
  access: { typ: string; alg: string; claims: Record<string, unknown> }
} {
  const seconds = Math.floor(now / 1000)
  const id = uuidAt(now)
  const clientId = token.clientId ?? 'ehr'
  const input = {
    issuer: ISSUER,
    audiences: [JOURNAL],
    clientId,
    scope: [`${JOURNAL}/read`],
    jti: id.replaceAll('-', ''),
    now: seconds,
    lifetime: 600,
    jkt: JKT,
    organisation: { parent: PARENT },
    ...token,
  }
  return {
    id,
    purpose: 'token.issued',
    assertion: { clientId, jti: `assertion-${id}`, exp: seconds + 30 },
    proof: { jkt: JKT, jti: `proof-${id}`, exp: seconds + 120 },
    access: { typ: 'at+jwt', alg, claims: { ...accessTokenClaims(input) } },
  }
}

/** What a broker does with ids and records; `mode` makes it misbehave. */
export class FakeRecorder implements Recorder {
  mode: 'ok' | 'silent' | 'stored-but-silent' | 'refusing' | 'down' = 'ok'
  proofs: 'ok' | 'silent' = 'ok'
  readonly stored: { partition: number; id: string; kind: string; n: number; data: Record<string, unknown> }[] = []
  readonly #ids = new Map<string, number>()
  readonly #n = new Map<number, number>()
  readonly #drafts = new Map<PlacedRecord, RecordDraft>()
  onPublish: () => void = () => undefined

  connected(): boolean {
    return this.mode !== 'down'
  }

  place(partition: number, draft: RecordDraft): PlacedRecord {
    const n = (this.#n.get(partition) ?? 0) + 1
    this.#n.set(partition, n)
    return this.#remember(
      { partition, place: { producer: 'p', epoch: 'e', stream: `S${partition}`, n }, body: '' },
      draft,
    )
  }

  refill(record: PlacedRecord, draft: RecordDraft): PlacedRecord {
    return this.#remember({ ...record }, draft)
  }

  publish(record: PlacedRecord, messageId: string): Promise<Ack> {
    this.onPublish()
    const answer = this.#spend(`${record.partition} ${messageId}`, this.mode)
    const draft = this.#drafts.get(record)
    if (answer.fresh && draft) {
      const data = draft.data as Record<string, unknown>
      this.stored.push({ partition: record.partition, id: messageId, kind: draft.kind, n: record.place.n, data })
    }
    return Promise.resolve(answer.ack)
  }

  spendProof(messageId: string): Promise<Ack> {
    return Promise.resolve(this.#spend(`proof ${messageId}`, this.proofs === 'ok' ? this.mode : 'silent').ack)
  }

  lastSeq(): number {
    return this.#ids.size
  }

  /** Places that no stored record has, by partition. */
  holes(): string[] {
    const filled = new Set(this.stored.map(({ partition, n }) => `${partition}:${n}`))
    const taken = [...this.#n].flatMap(([partition, n]) => Array.from({ length: n }, (_, i) => `${partition}:${i + 1}`))
    return taken.filter((place) => !filled.has(place))
  }

  #remember(record: PlacedRecord, draft: RecordDraft): PlacedRecord {
    this.#drafts.set(record, draft)
    return record
  }

  #spend(id: string, mode: FakeRecorder['mode']): { ack: Ack; fresh: boolean } {
    if (mode === 'refusing' || mode === 'down') return { ack: { kind: 'not_stored' }, fresh: false }
    if (mode === 'silent') return { ack: { kind: 'unknown' }, fresh: false }
    const known = this.#ids.get(id)
    if (known !== undefined) return { ack: { kind: 'duplicate', seq: known }, fresh: false }
    this.#ids.set(id, this.#ids.size + 1)
    if (mode === 'stored-but-silent') return { ack: { kind: 'unknown' }, fresh: true }
    return { ack: { kind: 'stored', seq: this.#ids.size }, fresh: true }
  }
}

export interface Seen {
  readonly refused: string[]
  readonly proofs: string[]
  readonly errors: unknown[]
}

const pairs = {
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
}
export const publicKeys: Readonly<Record<string, KeyObject>> = {
  ES256: pairs.ES256.publicKey,
  RS256: pairs.RS256.publicKey,
}

export const signerOf = (alg: 'ES256' | 'RS256'): Signer =>
  makeSigner(pairs[alg].privateKey, { alg, kid: jwkThumbprint(pairs[alg].publicKey.export({ format: 'jwk' })) })

/** Everything around record-and-sign, in memory, with a clock that stands still. */
export class World {
  now = START
  readonly entries = registryEntries()
  readonly recorder = new FakeRecorder()
  readonly seen: Seen = { refused: [], proofs: [], errors: [] }
  readonly signers = new Map<string, Signer>([
    ['ES256', signerOf('ES256')],
    ['RS256', signerOf('RS256')],
  ])
  map: { generation: number; partitions: number; issueFrom: number } | undefined = {
    generation: 1,
    partitions: 8,
    issueFrom: 0,
  }
  floor: number | undefined = 0
  readonly debts = new Debts({ recorder: this.recorder, now: () => this.now, random: () => 0, capacity: 100 })
  readonly deps: SignDeps = {
    settings: {
      issuer: ISSUER,
      environment: 'test',
      algs: ['ES256', 'RS256'] satisfies JwsAlg[],
      maxTokenLifetime: 3600,
    },
    registry: registryOf(this.entries),
    partitions: { current: () => this.map },
    keys: { active: (alg) => this.signers.get(alg) },
    recorder: this.recorder,
    debts: this.debts,
    proofFloor: () => this.floor,
    observe: this.#observer(),
    now: () => this.now,
  }

  /** Lets the owed records find their way, over as many attempts as they need. */
  async settle(): Promise<void> {
    for (let i = 0; i < 20 && this.debts.size > 0; i += 1) {
      this.now += 10_000
      await this.debts.run()
    }
  }

  #observer(): Observer {
    return {
      refused: (requester, clientId, rule) => void this.seen.refused.push([requester, clientId, rule].join(' ')),
      proofRefused: (reason) => void this.seen.proofs.push(reason),
      signed: () => undefined,
      failed: (error) => void this.seen.errors.push(error),
    }
  }
}
