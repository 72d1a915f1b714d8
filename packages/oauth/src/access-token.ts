/** Facts about a logged-in user, in the names of helseid.md section 6. */
export interface UserClaims {
  readonly sub: string
  readonly sid: string
  /** Epoch seconds. */
  readonly authTime: number
  readonly amr: readonly string[]
  readonly idp: string
  /** Complete claim names with values, as the API's configuration asks. */
  readonly identity: Readonly<Record<string, unknown>>
}

export interface OrganisationClaims {
  readonly parent?: string | undefined
  readonly child?: string | undefined
  readonly supplier?: string | undefined
}

export interface AccessTokenInput {
  readonly issuer: string
  /** One audience is the norm and becomes a string; several an array. */
  readonly audiences: readonly string[]
  readonly clientId: string
  readonly scope: readonly string[]
  /** 32 hex digits, random. */
  readonly jti: string
  /** Epoch seconds. */
  readonly now: number
  /** Seconds. */
  readonly lifetime: number
  /** Absent in a Bearer token. */
  readonly jkt?: string | undefined
  /** RFC 9068 asks for `sub`; HelseID puts it in user tokens only. A caller may name the client here. */
  readonly subject?: string | undefined
  readonly user?: UserClaims | undefined
  readonly organisation?: OrganisationClaims | undefined
  /** Complete claim names with values: client name, tenancy, journal id, device id, API-specific claims. */
  readonly clientClaims?: Readonly<Record<string, unknown>> | undefined
  /** RFC 8693, section 4.1. */
  readonly act?: Readonly<Record<string, unknown>> | undefined
}

export const ORGNR_PARENT = 'helseid://claims/client/claims/orgnr_parent'
export const ORGNR_CHILD = 'helseid://claims/client/claims/orgnr_child'
export const ORGNR_SUPPLIER = 'helseid://claims/client/claims/orgnr_supplier'
export const CLIENT_TENANCY = 'helseid://claims/client/claims/client_tenancy'
export const CLIENT_NAME = 'helseid://claims/client/client_name'
export const CLIENT_AMR = 'helseid://claims/client/amr'
export const DEVICE_ID = 'helseid://claims/client/device_id'
export const SFM_JOURNAL_ID = 'nhn:sfm:journal_id'

/** RFC 9068, section 2.2, in the member order and shapes of HelseID's access tokens (helseid.md section 6). */
export interface AccessTokenClaims {
  readonly iss: string
  readonly nbf: number
  readonly iat: number
  readonly exp: number
  readonly aud: string | readonly string[]
  readonly cnf?: { readonly jkt: string }
  readonly scope: readonly string[]
  readonly client_id: string
  readonly client_amr: 'private_key_jwt'
  readonly jti: string
  readonly [claim: string]: unknown
}

/** The payload of an access token. Members that do not apply are absent, never null. */
export function accessTokenClaims(input: AccessTokenInput): AccessTokenClaims {
  const { user, organisation, clientClaims } = input
  const claims: Record<string, unknown> = {
    iss: input.issuer,
    nbf: input.now,
    iat: input.now,
    exp: input.now + input.lifetime,
    aud: input.audiences.length === 1 ? input.audiences[0] : input.audiences,
  }
  if (input.jkt !== undefined) claims['cnf'] = { jkt: input.jkt }
  claims['scope'] = input.scope
  if (user !== undefined) claims['amr'] = user.amr
  claims['client_id'] = input.clientId
  claims['client_amr'] = 'private_key_jwt'
  if (user !== undefined) addUser(claims, user)
  else if (input.subject !== undefined) claims['sub'] = input.subject
  if (organisation !== undefined) addOrganisation(claims, organisation)
  if (clientClaims !== undefined) addDefined(claims, clientClaims)
  if (input.act !== undefined) claims['act'] = input.act
  if (user !== undefined) claims['sid'] = user.sid
  claims['jti'] = input.jti
  return claims as unknown as AccessTokenClaims
}

function addUser(claims: Record<string, unknown>, user: UserClaims): void {
  claims['sub'] = user.sub
  claims['auth_time'] = user.authTime
  claims['idp'] = user.idp
  addDefined(claims, user.identity)
}

function addOrganisation(claims: Record<string, unknown>, organisation: OrganisationClaims): void {
  if (organisation.parent !== undefined) claims[ORGNR_PARENT] = organisation.parent
  if (organisation.child !== undefined) claims[ORGNR_CHILD] = organisation.child
  if (organisation.supplier !== undefined) claims[ORGNR_SUPPLIER] = organisation.supplier
}

/** Configured claims never replace a protocol claim that is already there. */
function addDefined(claims: Record<string, unknown>, extra: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(extra)) {
    if (extra[name] !== undefined && !PROTOCOL_CLAIMS.has(name)) claims[name] = extra[name]
  }
}

const PROTOCOL_CLAIMS: ReadonlySet<string> = new Set(
  'iss nbf iat exp aud cnf scope amr client_id client_amr sub auth_time idp act sid jti __proto__'
    .split(' ')
    .concat([ORGNR_PARENT, ORGNR_CHILD, ORGNR_SUPPLIER]),
)
