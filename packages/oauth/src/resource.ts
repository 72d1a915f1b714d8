import { OAuthError } from './oauth-error.js'

const MAX_RESOURCES = 20
const MAX_LENGTH = 256
/**
 * RFC 8707, section 2: an absolute URI without fragment. HelseID's short names (`nhn:siffer-tjeneste`) have that form too:
 * owner, colon, name.
 */
const RESOURCE = /^[A-Za-z][A-Za-z0-9+.-]*:[A-Za-z0-9._~:/?[\]@!$&'()*+,;=%-]+$/

/** Checks the values of `resource`, each once, in the order sent. Throws `invalid_target`. */
export function parseResources(values: readonly string[]): readonly string[] {
  if (values.length === 0) return values
  if (values.length > MAX_RESOURCES) throw new OAuthError('invalid_target', `More than ${MAX_RESOURCES} resources`)
  for (const value of values) {
    if (value.length > MAX_LENGTH || !RESOURCE.test(value)) {
      throw new OAuthError('invalid_target', 'resource must be the audience of an API, such as owner:api-name')
    }
  }
  return values.length === 1 ? values : [...new Set(values)]
}
