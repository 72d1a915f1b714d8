import { createHmac } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { encodeBase64url } from './base64url.js'
import { encodeJwsHeader, parseCompactJws, readClaims, type JwsContext } from './jws.js'
import { isJwsAlg } from './jws-alg.js'
import { ADVERSARIAL, ecKey, expectRefusal, jwsWith, resultOrRefusal, rsaKey } from './keys.fixture.js'
import { OAuthError } from './oauth-error.js'

const CONTEXT: JwsContext = { what: 'test token', code: 'invalid_token', maxBytes: 16_384 }
const key = ecKey()

function make(payload = '{"a":1}', header: Record<string, unknown> = {}): string {
  return jwsWith({ alg: 'ES256', ...header }, payload, { key: key.privateKey, alg: 'ES256' })
}

describe('parseCompactJws', () => {
  it('gives header, parts and signature', () => {
    const compact = make('{"a":1}', { kid: 'k1', typ: 'JWT', x: 1 })
    const [header, payload] = compact.split('.')
    const jws = parseCompactJws(compact, CONTEXT)
    expect(jws.header).toEqual({
      alg: 'ES256',
      kid: 'k1',
      typ: 'JWT',
      members: { alg: 'ES256', kid: 'k1', typ: 'JWT', x: 1 },
    })
    expect(jws).toMatchObject({ encodedHeader: header, encodedPayload: payload, signingInput: `${header}.${payload}` })
    expect(jws.signature).toHaveLength(64)
    expect(readClaims(jws, CONTEXT)).toEqual({ a: 1 })
  })

  it('uses a header that is already known', () => {
    const compact = make()
    const { header } = parseCompactJws(compact, CONTEXT)
    expect(parseCompactJws(compact, CONTEXT, header).header).toBe(header)
  })

  it.each([
    'none',
    'None',
    'NONE',
    'HS256',
    'HS384',
    'HS512',
    'PBES2-HS256+A128KW',
    'dir',
    '',
    'ES256K',
    'toString',
    '__proto__',
  ])('B07 D05 refuses alg %j', (alg) => {
    const header = encodeBase64url(JSON.stringify({ alg }))
    expectRefusal(() => parseCompactJws(`${header}.e30.AAAA`, CONTEXT), 'invalid_token', 'must be signed with')
    expect(isJwsAlg(alg)).toBe(false)
  })

  it.each([undefined, null, 1, ['ES256'], { toString: 'ES256' }])('refuses alg %j', (alg) => {
    const header = encodeBase64url(JSON.stringify({ alg, typ: 'JWT' }))
    expectRefusal(() => parseCompactJws(`${header}.e30.AAAA`, CONTEXT), 'invalid_token', 'must be signed with')
  })

  it('B07 refuses HS256 keyed with the public key in PEM, with and without a leading newline', () => {
    const pem = rsaKey().publicKey.export({ format: 'pem', type: 'spki' })
    for (const secret of [pem, `\n${pem}`, pem.trim()]) {
      const input = `${encodeBase64url('{"alg":"HS256"}')}.${encodeBase64url('{}')}`
      const mac = createHmac('sha256', secret).update(input).digest('base64url')
      expectRefusal(() => parseCompactJws(`${input}.${mac}`, CONTEXT), 'invalid_token', 'must be signed with')
    }
  })

  it.each([
    { crit: ['exp'] },
    { crit: [] },
    { crit: null },
    { b64: false },
    { b64: true },
    { zip: 'DEF' },
    { crit: ['b64'], b64: false },
  ])('B11 E01 refuses %j', (extra) => {
    expectRefusal(() => parseCompactJws(make('{}', extra), CONTEXT), 'invalid_token', 'crit, b64 or zip')
  })

  it('E01 E02 refuses JWE in five parts without reading it', () => {
    const zip = encodeBase64url('{"alg":"dir","enc":"A128GCM","zip":"DEF"}')
    const pbes2 = encodeBase64url('{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","p2c":2147483647,"p2s":"AAAA"}')
    for (const header of [zip, pbes2]) {
      expectRefusal(() => parseCompactJws(`${header}.AA.AA.AA.AA`, CONTEXT), 'invalid_token', 'three parts')
      expectRefusal(() => parseCompactJws(`${header}.AA.AA`, CONTEXT), 'invalid_token')
    }
  })

  it.each(['', '.', '..', 'a', 'a.b', '.b.c', 'a.b.c.d', '{"payload":"e30"}'])('refuses the form of %j', (text) => {
    expectRefusal(() => parseCompactJws(text, CONTEXT), 'invalid_token', 'three parts')
  })

  it('B11 refuses base64url that is padded, spaced or not canonical, in every part', () => {
    const [header = '', payload = '', signature = ''] = make('{"a":12}').split('.')
    const bad = (text: string): string[] => [
      `${text}=`,
      `${text} `,
      ` ${text}`,
      `${text}\n`,
      `${text.slice(0, 2)} ${text.slice(2)}`,
    ]
    for (const text of bad(header))
      expectRefusal(() => parseCompactJws(`${text}.${payload}.${signature}`, CONTEXT), 'invalid_token', 'header')
    for (const text of bad(signature))
      expectRefusal(() => parseCompactJws(`${header}.${payload}.${text}`, CONTEXT), 'invalid_token', 'signature')
    for (const text of [...bad(payload), 'e31', '']) {
      const jws = parseCompactJws(`${header}.${text}.${signature}`, CONTEXT)
      expectRefusal(() => readClaims(jws, CONTEXT), 'invalid_token', 'payload')
    }
    expectRefusal(() => parseCompactJws(`${header}.${payload}.`, CONTEXT), 'invalid_token', 'signature')
  })

  it.each([
    '[]',
    '1',
    'null',
    '{"alg":"ES256","alg":"ES256"}',
    '{"alg":"ES256","__proto__":{}}',
    '{"alg":"ES256"',
    '\u{feff}{"alg":"ES256"}',
  ])('E05 refuses the header %s', (header) => {
    expectRefusal(() => parseCompactJws(`${encodeBase64url(header)}.e30.AAAA`, CONTEXT), 'invalid_token', 'header')
  })

  it('E05 refuses a payload with repeated names, bad UTF-8 or great depth', () => {
    const payloads = ['{"a":1,"a":2}', '[]', '{"constructor":1}', `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}`]
    for (const payload of payloads) {
      expectRefusal(() => readClaims(parseCompactJws(make(payload), CONTEXT), CONTEXT), 'invalid_token', 'payload')
    }
    const invalid = `${encodeJwsHeader({ alg: 'ES256' })}.${Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]).toString('base64url')}.AAAA`
    expectRefusal(() => readClaims(parseCompactJws(invalid, CONTEXT), CONTEXT), 'invalid_token', 'payload')
  })

  it('B09 takes any kid of up to 256 characters as plain text and refuses others', () => {
    for (const kid of ['../../etc/passwd', "'; DROP TABLE clients; --", '__proto__', 'k'.repeat(256), '']) {
      expect(parseCompactJws(make('{}', { kid }), CONTEXT).header.kid).toBe(kid)
    }
    for (const kid of ['k'.repeat(257), 'k'.repeat(10_000), 1, null, {}, ['a']]) {
      expectRefusal(() => parseCompactJws(make('{}', { kid }), CONTEXT), 'invalid_token', 'kid')
    }
    for (const typ of ['t'.repeat(101), 1, null, {}]) {
      expectRefusal(() => parseCompactJws(make('{}', { typ }), CONTEXT), 'invalid_token', 'typ')
    }
    expect(parseCompactJws(make('{}', { typ: 't'.repeat(100) }), CONTEXT).header.typ).toHaveLength(100)
  })

  it('refuses what is larger than its context allows', () => {
    const compact = make()
    expect(parseCompactJws(compact, { ...CONTEXT, maxBytes: compact.length }).header.alg).toBe('ES256')
    expectRefusal(
      () => parseCompactJws(compact, { ...CONTEXT, maxBytes: compact.length - 1 }),
      'invalid_token',
      'larger than',
    )
  })

  it('E07 refuses adversarial text', () => {
    const header = encodeJwsHeader({ alg: 'ES256' })
    const wide = { ...CONTEXT, maxBytes: 1_000_000 }
    for (const text of ADVERSARIAL) {
      expectRefusal(() => parseCompactJws(text, wide), 'invalid_token')
      expectRefusal(() => parseCompactJws(`${header}.e30.${text}=`, wide), 'invalid_token')
      expectRefusal(
        () => readClaims(parseCompactJws(`${header}.${text.replaceAll('.', '-')}=.AAAA`, wide), wide),
        'invalid_token',
      )
    }
  })

  it('never throws anything but OAuthError', () => {
    const json = fc.json().map((text) => encodeBase64url(text))
    const part = fc.oneof(json, fc.base64String(), fc.string(), fc.constant(encodeJwsHeader({ alg: 'ES256' })))
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const jws = resultOrRefusal(() => parseCompactJws(parts.join('.'), CONTEXT))
        if (jws instanceof OAuthError) expect(jws.code).toBe('invalid_token')
        else resultOrRefusal(() => readClaims(jws, CONTEXT))
      }),
      { numRuns: 2_000 },
    )
  })
})
