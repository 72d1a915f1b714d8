import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { accessTokenClaims, jwkThumbprint, type AccessTokenInput, type JwsAlg } from '@tillit/oauth'
import { FakeRecorder } from './recorder.fixture.js'
import { makeSigner } from './store/signer.js'
import { Debts } from './domain/debts.js'
import type { ApiFacts, ClientFacts, Registry, Signer } from './domain/ports.js'
import type { Observer, SignDeps } from './domain/record-and-sign.js'
import type { SignRequest } from './domain/sign-request.js'

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

interface Organisation {
  orgnr: string
  status: string
  synthetic: boolean
  subUnits: string[]
}

/** The registry as a plain object; a test changes what it is about. */
export interface Entries {
  readonly clients: Record<string, ClientFacts>
  readonly organisations: Record<string, Organisation>
  readonly apis: Record<string, ApiFacts>
  readonly delegations: Record<string, { status: string }>
  fresh: boolean
}

const organisation = (orgnr: string, subUnits: string[] = []): Organisation => ({
  orgnr,
  status: 'active',
  synthetic: true,
  subUnits,
})

export const registryEntries = (): Entries => ({
  clients: { ehr: client({}), saas: client({ clientId: 'saas', organisation: SUPPLIER, tenancy: 'multi-tenant' }) },
  organisations: {
    [PARENT]: organisation(PARENT, [CHILD]),
    [CHILD]: organisation(CHILD),
    [SUPPLIER]: organisation(SUPPLIER),
  },
  apis: {
    [JOURNAL]: api({}),
    'old:api': api({ audience: 'old:api', scopes: ['old:api/read'], signingAlg: 'RS256' }),
  },
  delegations: { [`${SUPPLIER} ${PARENT}`]: { status: 'active' } },
  fresh: true,
})

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
