import { CLIENT_NAME, CLIENT_TENANCY, JWS_ALGS, ORGNR_CHILD, ORGNR_PARENT, ORGNR_SUPPLIER } from '@tillit/oauth'

/** Paths below the issuer (helseid.md section 1), as HelseID has them. */
export const paths = {
  openidConfiguration: '/.well-known/openid-configuration',
  oauthMetadata: '/.well-known/oauth-authorization-server',
  jwks: '/.well-known/openid-configuration/jwks',
  expiredJwks: '/connect/expiredjwks',
  token: '/connect/token',
  revocation: '/connect/revocation',
  introspection: '/connect/introspect',
} as const

/**
 * OpenID Connect Discovery, section 3 and RFC 8414, section 2: what works at this issuer now and nothing else. A member
 * without values is left out, as both want. The answer depends on configuration alone, never on a Host header (I05).
 */
export function metadata(issuer: string): Readonly<Record<string, unknown>> {
  const authMethods = ['private_key_jwt']
  return {
    issuer,
    jwks_uri: issuer + paths.jwks,
    token_endpoint: issuer + paths.token,
    revocation_endpoint: issuer + paths.revocation,
    introspection_endpoint: issuer + paths.introspection,
    expired_jwks_uri: issuer + paths.expiredJwks,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: authMethods,
    token_endpoint_auth_signing_alg_values_supported: JWS_ALGS,
    revocation_endpoint_auth_methods_supported: authMethods,
    revocation_endpoint_auth_signing_alg_values_supported: JWS_ALGS,
    introspection_endpoint_auth_methods_supported: authMethods,
    introspection_endpoint_auth_signing_alg_values_supported: JWS_ALGS,
    dpop_signing_alg_values_supported: JWS_ALGS,
    authorization_details_types_supported: ['helseid_authorization', 'nhn:sfm:journal-id'],
    claims_supported: [CLIENT_NAME, CLIENT_TENANCY, ORGNR_PARENT, ORGNR_CHILD, ORGNR_SUPPLIER, 'client_amr'],
    subject_types_supported: ['public'],
    // Both default to true in OpenID Connect, where they are absent.
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
  }
}
