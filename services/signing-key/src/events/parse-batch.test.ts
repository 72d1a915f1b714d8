import { describe, expect, it } from '@jest/globals'
import { asks, SignBatch } from '@tillit/events'
import fc from 'fast-check'
import { Compile } from 'typebox/compile'
import { tokenRequest } from '../world.fixture.js'
import { parseBatch } from './parse-batch.js'

const schema = Compile(SignBatch)
const MAX = asks.recordAndSign.maxBytes
const parse = (value: unknown): unknown => parseBatch(Buffer.from(JSON.stringify(value)), MAX)

const inputs = {
  grant: 'client_credentials',
  scopeRequested: null,
  scopeRejected: [],
  resource: [],
  organisation: { parent: '999977774' },
  revisions: { client: 3 },
  assertionKid: 'k',
  flagsUsed: [],
}
const batch = () => ({ v: 1, deadline: 1, requests: [{ ...tokenRequest(), traceparent: '00-a-b-01', inputs }] })

/** Every place in a value, as a path. */
function paths(value: unknown, at: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [at]
  const entries = Array.isArray(value) ? value.map((item, i) => [i, item] as const) : Object.entries(value)
  return [at, ...entries.flatMap(([key, item]) => paths(item, [...at, key]))]
}

function replaced(value: unknown, [key, ...rest]: (string | number)[], by: unknown): unknown {
  if (key === undefined) return by
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string, unknown>
  copy[key] = replaced(copy[key], rest, by)
  return copy
}

/** Stricter than the contract on purpose: whole numbers that a double holds exactly, no unknown member of `organisation`. */
const isKnownToBeStricter = (path: (string | number)[], value: unknown): boolean =>
  path.includes('organisation') || (typeof value === 'number' && !Number.isSafeInteger(value))

describe('parseBatch', () => {
  it('takes what the contract takes', () => {
    const whole = batch()
    expect(schema.Check(whole)).toBe(true)
    expect(parse(whole)).toEqual(whole)
  })

  it('agrees with the contract on a batch with anything in any place', () => {
    const anything = fc.oneof(
      fc.constantFrom(undefined, null, '', 'x', 0, 1, -1, 1.5, true, [], {}, [null], ['x'], { x: 1 }, 'x'.repeat(600)),
      fc.jsonValue({ maxDepth: 2 }),
    )
    const whole = batch()
    const place = fc.constantFrom(...paths(whole))
    fc.assert(
      fc.property(place, anything, (path, value) => {
        const changed: unknown = JSON.parse(JSON.stringify({ read: replaced(whole, path, value) }))
        const { read = null } = changed as { read?: unknown }
        const parsed = parse(read) !== undefined
        if (parsed || !isKnownToBeStricter(path, value)) expect(parsed).toBe(schema.Check(read))
      }),
      { numRuns: 3_000 },
    )
  })

  it('refuses unknown members everywhere but among claims and revisions', () => {
    const whole = batch()
    const objects = [
      [],
      ['requests', 0],
      ['requests', 0, 'assertion'],
      ['requests', 0, 'proof'],
      ['requests', 0, 'access'],
      ['requests', 0, 'inputs'],
      ['requests', 0, 'inputs', 'organisation'],
    ]
    for (const path of objects) expect(parse(replaced(whole, [...path, 'unknown'], 1))).toBeUndefined()
    expect(parse(replaced(whole, ['requests', 0, 'access', 'claims', 'unknown'], 1))).toBeDefined()
    expect(parse(replaced(whole, ['requests', 0, 'inputs', 'revisions', 'unknown'], 1))).toBeDefined()
  })

  it('E05 keeps __proto__ out', () => {
    const text = JSON.stringify(batch()).replace('"v":1', '"v":1,"__proto__":{"polluted":1}')
    expect(parseBatch(Buffer.from(text), MAX)).toBeUndefined()
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  it('E04 refuses too many requests, too many bytes and too many claims', () => {
    const [request] = batch().requests
    expect(parse({ ...batch(), requests: Array.from({ length: 32 }, () => request) })).toBeDefined()
    expect(parse({ ...batch(), requests: Array.from({ length: 33 }, () => request) })).toBeUndefined()
    expect(parseBatch(Buffer.from(`${JSON.stringify(batch())}${' '.repeat(MAX)}`), MAX)).toBeUndefined()
    const claims = Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`c${i}`, i]))
    expect(
      parse({ ...batch(), requests: [{ ...request, access: { typ: 'at+jwt', alg: 'ES256', claims } }] }),
    ).toBeUndefined()
  })

  it('E05 survives text that is no JSON and JSON of any depth', () => {
    for (const text of [
      '',
      '{',
      'null',
      '[]',
      '"x"',
      '['.repeat(100_000),
      `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
    ]) {
      expect(parseBatch(Buffer.from(text), MAX)).toBeUndefined()
    }
  })
})
