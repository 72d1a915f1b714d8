import { importPublicJwk, OAuthError } from '@tillit/oauth'
import { desiredKey, secondsOf } from './desired.js'
import type { ApiItem, ClientItem, DelegationItem, OrganisationItem } from './document.js'
import { organisationNumberProblem, syntheticProblem, type Rules } from './environment.js'
import type { Path, Problem } from './problems.js'
import { audienceOf, isPlatformScope, isWildcard } from './scopes.js'

/** Rules over one item that need nothing but the item. */
export type ItemCheck<T> = (item: T, path: Path, rules: Rules) => Problem[]

const when = (bad: boolean, path: Path, message: string): Problem[] => (bad ? [{ path, message }] : [])

function numberProblems(orgnr: string, path: Path, rules: Rules): Problem[] {
  const message = organisationNumberProblem(orgnr, rules.environment)
  return message === undefined ? [] : [{ path, message }]
}

export const checkOrganisationItem: ItemCheck<OrganisationItem> = (item, path, rules) => {
  const nature = syntheticProblem(item.synthetic ?? false, rules.environment)
  return [
    ...numberProblems(item.orgnr, [...path, 'orgnr'], rules),
    ...(nature === undefined ? [] : [{ path: [...path, 'synthetic'], message: nature }]),
    ...(item.subUnits ?? []).flatMap(({ orgnr }, at) =>
      numberProblems(orgnr, [...path, 'subUnits', at, 'orgnr'], rules),
    ),
    ...repeated((item.acceptedTerms ?? []).map(({ uri }) => uri)).map((at) => ({
      path: [...path, 'acceptedTerms', at, 'uri'],
      message: 'is listed twice: keep the newest version',
    })),
  ]
}

export const checkApiItem: ItemCheck<ApiItem> = (item, path, rules) => [
  ...numberProblems(item.owner, [...path, 'owner'], rules),
  ...item.scopes.flatMap((scope, at) => [
    ...when(
      audienceOf(scope) !== item.audience || scope.length === item.audience.length,
      [...path, 'scopes', at],
      `must start with ${item.audience}/`,
    ),
    ...wildcardProblems(scope, [...path, 'scopes', at], rules),
  ]),
]

export const checkClientItem: ItemCheck<ClientItem> = (item, path, rules) => [
  ...numberProblems(item.organisation, [...path, 'organisation'], rules),
  ...(item.childOrganizationNumbers ?? []).flatMap((orgnr, at) =>
    numberProblems(orgnr, [...path, 'childOrganizationNumbers', at], rules),
  ),
  ...tenancyProblems(item, path),
  ...item.scopes.flatMap((scope, at) => wildcardProblems(scope, [...path, 'scopes', at], rules)),
  ...keyProblems(item, path, rules),
  ...claimProblems(item, path),
]

export const checkDelegationItem: ItemCheck<DelegationItem> = (item, path, rules) => [
  ...numberProblems(item.supplier, [...path, 'supplier'], rules),
  ...numberProblems(item.delegator, [...path, 'delegator'], rules),
  ...when(item.supplier === item.delegator, [...path, 'delegator'], 'must be another organisation than the supplier'),
]

const wildcardProblems = (scope: string, path: Path, rules: Rules): Problem[] =>
  when(
    rules.environment === 'production' && isWildcard(scope) && !isPlatformScope(scope),
    path,
    'has a wildcard: production takes scopes by name only',
  )

/** helseid.md section 5.1, the table of tenancies. */
function tenancyProblems(item: ClientItem, path: Path): Problem[] {
  const children = (item.childOrganizationNumbers ?? []).length > 0
  const passes = item.flags?.passParentOrganisation === true || item.flags?.passChildOrganisation === true
  return [
    ...when(
      children && item.tenancy !== 'single-tenant',
      [...path, 'childOrganizationNumbers'],
      'is for single-tenant clients only',
    ),
    ...when(
      passes && item.tenancy === 'none',
      [...path, 'flags'],
      'passes organisations: choose a tenancy for the client',
    ),
  ]
}

const MAX_LIVE_KEYS = 2

/** helseid.md section 2: two active keys for rotation; each one under the key policy (E03). */
function keyProblems(item: ClientItem, path: Path, rules: Rules): Problem[] {
  const keys = item.keys ?? []
  const problems = keys.flatMap((key, at) => [
    ...jwkProblem(key, [...path, 'keys', at, 'jwk']),
    ...when(
      key.expiresAt !== undefined && Number.isNaN(secondsOf(key.expiresAt)),
      [...path, 'keys', at, 'expiresAt'],
      'is not a time: use for example 2027-01-31T12:00:00Z',
    ),
  ])
  const live = keys.filter(({ expiresAt }) => expiresAt === undefined || secondsOf(expiresAt) * 1000 > rules.now)
  problems.push(
    ...when(
      live.length > MAX_LIVE_KEYS,
      [...path, 'keys'],
      'has more than two keys that have not expired: give old ones an expiresAt',
    ),
    ...repeated(keys.map(({ jwk }) => (typeof jwk['kid'] === 'string' ? jwk['kid'] : undefined))).map((at) => ({
      path: [...path, 'keys', at, 'jwk', 'kid'],
      message: 'is used by two keys of this client',
    })),
  )
  return problems
}

function jwkProblem(key: NonNullable<ClientItem['keys']>[number], path: Path): Problem[] {
  try {
    desiredKey(key)
    return []
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error
    return [{ path, message: error.publicText, code: error.code }]
  }
}

/** helseid.md section 2: RSA below 3072 bits is accepted, with a warning. */
export const keyWarnings = (item: ClientItem, path: Path): Problem[] =>
  (item.keys ?? []).flatMap(({ jwk }, at) =>
    when(importPublicJwk(jwk).weak, [...path, 'keys', at, 'jwk'], 'is an RSA key below 3072 bits: use a stronger one'),
  )

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

function claimProblems(item: ClientItem, path: Path): Problem[] {
  return Object.entries(item.audienceClaims ?? {}).flatMap(([audience, claims]) =>
    Object.keys(claims).flatMap((name) =>
      when(
        !NAME.test(name),
        [...path, 'audienceClaims', audience, name],
        `must be the last part of ${audience}/client/claims/<name>: letters, digits, dot, dash`,
      ),
    ),
  )
}

/** Places of values that stood earlier in the list. */
function repeated(values: readonly (string | undefined)[]): number[] {
  const seen = new Set<string>()
  return values.flatMap((value, at) => {
    if (value === undefined) return []
    if (seen.has(value)) return [at]
    seen.add(value)
    return []
  })
}
