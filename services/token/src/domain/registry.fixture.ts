import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { importPublicJwk, type ClientKey, type JsonObject, type JwsAlg } from '@tillit/oauth'
import type { Api, Client, Delegation, Organisation } from './model.js'
import type { Registry } from './ports.js'

/** A key pair for tests: the private half, its algorithm and the public JWK. */
export interface KeyPair {
  readonly privateKey: KeyObject
  readonly jwk: JsonObject
  readonly alg: JwsAlg
}

export function ecKey(): KeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return { privateKey, jwk: publicKey.export({ format: 'jwk' }) as JsonObject, alg: 'ES256' }
}

export const clientKey = ecKey()
export const registered = (key: KeyPair, rest: Partial<ClientKey> = {}): ClientKey => ({
  ...importPublicJwk(key.jwk),
  ...rest,
})

/** Synthetic organisations with the numbers of HelseID's public samples. */
export const PARENT = '999977774'
export const CHILD = '999977776'
export const OTHER_CHILD = '999977775'
export const SUPPLIER = '313745392'
export const JOURNAL = 'granfjelldal:journal'
const ORGNR = 'helseid://claims/client/claims/orgnr_'

export function client(rest: Partial<Client> = {}): Client {
  return {
    revision: 7,
    clientId: 'ehr',
    clientName: 'Journal system',
    status: 'active',
    organisation: PARENT,
    tenancy: 'single-tenant',
    childOrganizationNumbers: [CHILD],
    grantTypes: ['client_credentials'],
    scopes: [`${JOURNAL}/read`, `${JOURNAL}/write`],
    keys: [registered(clientKey)],
    flags: {
      allowBearer: false,
      legacyAssertionAudience: false,
      legacyOrganisationOid: false,
      passParentOrganisation: true,
      passChildOrganisation: true,
    },
    audienceClaims: {},
    ...rest,
  }
}

export const flags = (rest: Partial<Client['flags']>): Client['flags'] => ({ ...client().flags, ...rest })

export function organisation(rest: Partial<Organisation> = {}): Organisation {
  return {
    revision: 3,
    orgnr: PARENT,
    status: 'active',
    synthetic: true,
    member: true,
    approvedSupplier: false,
    subUnits: [CHILD, OTHER_CHILD],
    acceptedTerms: {},
    ...rest,
  }
}

export function api(rest: Partial<Api> = {}): Api {
  const audience = rest.audience ?? JOURNAL
  return {
    revision: 5,
    audience,
    status: 'active',
    scopes: [`${audience}/read`, `${audience}/write`],
    claims: [`${ORGNR}parent`, `${ORGNR}child`],
    signingAlg: 'ES256',
    accessTokenLifetime: 600,
    allowBearer: false,
    introspectionClients: ['journal-api'],
    ...rest,
  }
}

/** A registry in memory; every part can be changed by a test. */
export class FakeRegistry implements Registry {
  readonly clients = new Map<string, Client>()
  readonly organisations = new Map<string, Organisation>()
  readonly apis = new Map<string, Api>()
  readonly delegations = new Map<string, Delegation>()
  readonly revoked = new Set<string>()

  constructor() {
    this.add(client(), client({ clientId: 'journal-api', tenancy: 'none' }))
    this.add(client({ clientId: 'saas', organisation: SUPPLIER, tenancy: 'multi-tenant' }))
    for (const entry of [
      organisation(),
      organisation({ orgnr: CHILD, parent: PARENT, subUnits: [] }),
      organisation({ orgnr: OTHER_CHILD, parent: PARENT, subUnits: [] }),
      organisation({ orgnr: SUPPLIER, approvedSupplier: true, subUnits: [] }),
    ]) {
      this.organisations.set(entry.orgnr, entry)
    }
    this.apis.set(JOURNAL, api())
    this.delegations.set(`${SUPPLIER} ${PARENT}`, { revision: 9, status: 'active' })
  }

  add(...clients: readonly Client[]): void {
    for (const entry of clients) this.clients.set(entry.clientId, entry)
  }
  change(orgnr: string, rest: Partial<Organisation>): void {
    this.organisations.set(orgnr, { ...organisation({ orgnr }), ...this.organisations.get(orgnr), ...rest })
  }

  client = (clientId: string): Client | null => this.clients.get(clientId) ?? null
  organisation = (orgnr: string): Organisation | null => this.organisations.get(orgnr) ?? null
  api = (audience: string): Api | null => this.apis.get(audience) ?? null
  delegation = (supplier: string, delegator: string): Delegation | null =>
    this.delegations.get(`${supplier} ${delegator}`) ?? null
  isRevoked = (jti: string): boolean => this.revoked.has(jti)
}
