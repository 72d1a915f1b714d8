const FORM = 'application/x-www-form-urlencoded'
const FORM_UTF8 = /^application\/x-www-form-urlencoded(?: ?; ?charset=(?:utf-8|"utf-8"))?$/i

/**
 * Whether a Content-Type header says an URL-encoded form, with no charset or UTF-8. Anything around it (a leading space, a
 * tab, another parameter) is refused, so that no two parsers can read one request differently (I01).
 */
export function isFormContentType(header: string | undefined): boolean {
  return header === FORM || (header !== undefined && header.length < 100 && FORM_UTF8.test(header))
}
