import { beforeEach, describe, expect, it } from '@jest/globals'
import { OAuthError, temporarilyUnavailable } from '@tillit/oauth'
import { NatsTimeout, type Logger } from '@tillit/service-kit'
import type { Journal } from '../domain/ports.js'
import { client } from '../domain/registry.fixture.js'
import { causeOf, codeOf } from './cause.js'
import { createJournal } from './journal.js'
import type { Refusal } from './tally.js'

let told: [Refusal, string][]
let warned: Refusal[]
let alarms: object[]
let clock: number
let journal: Journal
beforeEach(() => {
  told = []
  warned = []
  alarms = []
  clock = 0
  journal = createJournal({
    refusals: { add: (refusal, text) => told.push([refusal, text]), warn: (warning) => warned.push(warning) },
    log: { error: (line: object) => alarms.push(line) } as unknown as Logger,
    clock: () => clock,
  })
})

describe('the journal', () => {
  it('tells a refusal with its client, where the registry knows it', () => {
    const trail = journal.open('token')
    trail.enter('policy')
    trail.knows(client())
    trail.refused(new OAuthError('invalid_scope', 'no', { cause: 'scope_not_registered' }))
    expect(told).toEqual([
      [
        {
          endpoint: 'token',
          error: 'invalid_scope',
          cause: 'scope_not_registered',
          clientId: 'ehr',
          organisation: '999977774',
        },
        'no',
      ],
    ])
  })

  it('keeps no text of an unknown client, and no long number', () => {
    const trail = journal.open('revocation')
    trail.refused(new OAuthError('invalid_client', 'about 13888812345'))
    expect(told).toEqual([
      [
        {
          endpoint: 'revocation',
          error: 'invalid_client',
          cause: 'request',
          clientId: undefined,
          organisation: undefined,
        },
        'about [number]',
      ],
    ])
  })

  it('a nonce challenge is no refusal', () => {
    journal.open('token').refused(new OAuthError('use_dpop_nonce', 'nonce'))
    expect(told).toEqual([])
  })

  it('alarms at once, but once a second for each kind', () => {
    const trail = journal.open('token')
    trail.alarm('signed_token_refused', 'its kid is not a published key')
    trail.alarm('signed_token_refused', 'again')
    trail.alarm('signer_policy', 'scope')
    clock = 1_001
    trail.alarm('signed_token_refused', 'later')
    expect(alarms.map((line) => (line as { detail: string }).detail)).toEqual([
      'its kid is not a published key',
      'scope',
      'later',
    ])
  })

  it('warnings carry the client', () => {
    const trail = journal.open('token')
    trail.knows(client())
    trail.warn('several_audiences')
    expect(warned).toEqual([{ endpoint: 'token', error: 'none', cause: 'several_audiences', clientId: 'ehr' }])
  })
})

describe('causeOf', () => {
  it('is of a fixed vocabulary', () => {
    expect(causeOf(new OAuthError('invalid_authorization_details', 'HID-1001: no'), 'policy')).toBe('HID-1001')
    expect(causeOf(new OAuthError('invalid_client', 'no', { cause: 'unknown_client' }), 'client_auth')).toBe(
      'unknown_client',
    )
    expect(causeOf(new OAuthError('invalid_client', 'no'), 'client_auth')).toBe('client_auth')
    expect(causeOf(new OAuthError('invalid_request', 'no', { cause: new URIError('%zz') }), 'request')).toBe('request')
    expect(causeOf(temporarilyUnavailable('no', 1, new NatsTimeout('late')), 'sign')).toBe('NatsTimeout')
    expect(causeOf(new TypeError('bug'), 'policy')).toBe('TypeError')
    expect(causeOf('text', 'policy')).toBe('unexpected')
    const tooLarge = Object.assign(new Error('x'), { code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 })
    expect(causeOf(tooLarge, 'request')).toBe('FST_ERR_CTP_BODY_TOO_LARGE')
  })
})

describe('codeOf', () => {
  it('is what the caller will be answered', () => {
    const fastify = (statusCode: number): Error => Object.assign(new Error('x'), { code: 'FST_X', statusCode })
    expect([new OAuthError('invalid_scope', 'x'), fastify(413), fastify(503), fastify(500), 'x'].map(codeOf)).toEqual([
      'invalid_scope',
      'invalid_request',
      'temporarily_unavailable',
      'server_error',
      'server_error',
    ])
  })
})
