import { OAuthError } from './oauth-error.js'

const MAX_LENGTH = 8_192
const MAX_COUNT = 200
/** RFC 6749, section 3.3: scope-token *( SP scope-token ). */
const GRAMMAR = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/

/** The scopes in a `scope` parameter, each once, in the order sent. Throws `invalid_scope`. */
export function parseScope(text: string): readonly string[] {
  if (text.length > MAX_LENGTH) throw new OAuthError('invalid_scope', `scope is longer than ${MAX_LENGTH} characters`)
  if (!GRAMMAR.test(text)) {
    throw new OAuthError('invalid_scope', 'scope must be names with one space between, without quotes or backslashes')
  }
  if (!text.includes(' ')) return [text]
  const scopes = [...new Set(text.split(' '))]
  if (scopes.length > MAX_COUNT) throw new OAuthError('invalid_scope', `scope has more than ${MAX_COUNT} names`)
  return scopes
}

/** Scopes about the user (helseid.md section 6): never granted to a machine. */
export const IDENTITY_SCOPES: ReadonlySet<string> = new Set([
  'openid',
  'profile',
  'offline_access',
  'helseid://scopes/identity/all',
  'helseid://scopes/identity/pid',
  'helseid://scopes/identity/pid_pseudonym',
  'helseid://scopes/identity/security_level',
  'helseid://scopes/identity/assurance_level',
  'helseid://scopes/identity/network',
  'helseid://scopes/hpr/hpr_number',
])

/** Whether a scope asks for something about a logged-in user, known or not. */
export function isIdentityScope(scope: string): boolean {
  return (
    IDENTITY_SCOPES.has(scope) ||
    scope.startsWith('helseid://scopes/identity/') ||
    scope.startsWith('helseid://scopes/hpr/')
  )
}

/** The API a scope belongs to: the text before the first `/`; undefined for a scope that belongs to no API. */
export function audienceOfScope(scope: string): string | undefined {
  if (scope.startsWith('helseid://')) return undefined
  const slash = scope.indexOf('/')
  return slash > 0 ? scope.slice(0, slash) : undefined
}
