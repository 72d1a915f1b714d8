import { describe, expect, it } from '@jest/globals'
import { OAuthError, oauthErrorBody, rateLimited, temporarilyUnavailable } from './oauth-error.js'

describe('OAuthError', () => {
  it.each([
    ['invalid_request', 400],
    ['invalid_client', 401],
    ['invalid_token', 401],
    ['insufficient_scope', 403],
    ['use_dpop_nonce', 400],
    ['server_error', 500],
    ['temporarily_unavailable', 503],
  ] as const)('%s has status %i', (code, status) => {
    expect(new OAuthError(code, 'x').status).toBe(status)
  })

  it('keeps the cause out of the body', () => {
    const error = new OAuthError('server_error', 'Something failed', { cause: new Error('secret detail') })
    expect(oauthErrorBody(error)).toEqual({ error: 'server_error', error_description: 'Something failed' })
    expect(error.cause).toEqual(new Error('secret detail'))
    expect(error.message).toBe('server_error: Something failed')
    expect(error.name).toBe('OAuthError')
  })

  it('has no cause property when there is none', () => {
    expect('cause' in new OAuthError('server_error', 'x')).toBe(false)
  })

  it('G07 I07 a description keeps to the characters of RFC 6749, whatever a caller smuggles in', () => {
    const text = 'scope "a\\b" \r\n\u001b[31m <b>Ø\u202e'
    expect(new OAuthError('invalid_scope', text).publicText).toBe("scope 'a?b' ???[31m <b>??")
  })

  it('cuts a long description', () => {
    expect(new OAuthError('invalid_scope', 'a'.repeat(400)).publicText).toBe('a'.repeat(400))
    expect(new OAuthError('invalid_scope', 'a'.repeat(401)).publicText).toBe(`${'a'.repeat(400)}...`)
  })

  it('takes another status and headers', () => {
    const error = new OAuthError('invalid_dpop_proof', 'x', { status: 401, headers: { 'WWW-Authenticate': 'DPoP' } })
    expect(error.status).toBe(401)
    expect(error.headers).toEqual({ 'WWW-Authenticate': 'DPoP' })
  })

  it('says when to come back', () => {
    expect(rateLimited(2)).toMatchObject({ code: 'slow_down', status: 429, headers: { 'Retry-After': '2' } })
    expect(rateLimited(2).publicText).toContain('2 s')
    const cause = new Error('no acknowledgement')
    expect(temporarilyUnavailable('Try again', 5, cause)).toMatchObject({
      status: 503,
      publicText: 'Try again',
      headers: { 'Retry-After': '5' },
      cause,
    })
  })
})
