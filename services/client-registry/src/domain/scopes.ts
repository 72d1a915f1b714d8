/** Scopes of the issuer itself (helseid.md, sections 1 and 6); every other scope is `audience/name`. */
const PLATFORM_SCOPES = new Set([
  'openid',
  'profile',
  'offline_access',
  'helseid://scopes/client/info',
  'helseid://scopes/client/client_name',
  'helseid://scopes/identity/all',
  'helseid://scopes/identity/assurance_level',
  'helseid://scopes/identity/pid',
  'helseid://scopes/identity/pid_pseudonym',
  'helseid://scopes/identity/security_level',
  'helseid://scopes/identity/network',
  'helseid://scopes/hpr/hpr_number',
  'nhn:tillitsrammeverk:parameters',
  'nhn:sfm:journal-id',
])

export const isPlatformScope = (scope: string): boolean => PLATFORM_SCOPES.has(scope)

/** The text before the first slash (helseid.md, section 6). */
export const audienceOf = (scope: string): string => scope.split('/', 1)[0] ?? ''

export const isWildcard = (scope: string): boolean => scope.includes('*')
