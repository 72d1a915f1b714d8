/** Rules over the common variables that a schema cannot say. Each returned line names the variable and what to do. */
export function checkCommonRules(config: Record<string, unknown>): string[] {
  const issuer = config['ISSUER']
  return typeof issuer === 'string' ? checkIssuer(issuer, config['TILLIT_ENVIRONMENT'] === 'local') : []
}

/** RFC 8414, section 2: https, no query, no fragment; and by helseid.md section 1 no trailing slash. */
function checkIssuer(issuer: string, local: boolean): string[] {
  const url = URL.canParse(issuer) ? new URL(issuer) : undefined
  if (!url || url.search !== '' || url.hash !== '' || url.username !== '' || issuer.endsWith('/'))
    return ['- ISSUER is not valid: set it to an https URL without trailing slash, query and fragment']
  if (url.protocol !== 'https:' && !(local && url.protocol === 'http:'))
    return ['- ISSUER must be https (http is taken only where TILLIT_ENVIRONMENT is local)']
  return []
}
