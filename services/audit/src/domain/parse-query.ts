import { isOrganisationNumber, isUuidV7, OAuthError } from '@tillit/oauth'
import type { EventQuery, GapQuery, Place } from './queries.js'

/** A query string as parsed: a member that was sent twice, or as an operator object, is no string (I06). */
export type RawQuery = Readonly<Record<string, unknown>>

const DAY_MS = 86_400_000
const DEFAULT_SPAN_DAYS = 31
const LONGEST_SPAN_DAYS = 366
const MAX_LIMIT = 200
const DEFAULT_LIMIT = 50

const RFC3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,3})?(Z|[+-]\d{2}:\d{2})$/

interface Form {
  readonly accepts: (value: string) => boolean
  readonly wanted: string
}
const matches = (pattern: RegExp) => (value: string) => pattern.test(value)
const aTime: Form = {
  accepts: (value) => RFC3339.test(value) && !Number.isNaN(Date.parse(value)),
  wanted: 'an RFC 3339 time such as 2026-01-31T12:00:00Z',
}
/** Every parameter with its form. Nothing here has a sign that SQL, a log or a shell would read. */
const forms = {
  clientId: { accepts: matches(/^[A-Za-z0-9._~:@/+*>=-]{1,256}$/), wanted: 'a client id' },
  organisation: { accepts: isOrganisationNumber, wanted: 'nine digits' },
  jti: { accepts: matches(/^[A-Za-z0-9._~-]{1,256}$/), wanted: 'the jti of a token' },
  type: {
    accepts: matches(/^no\.tillit\.[a-z][a-z.-]{0,100}\.v[0-9]{1,3}$/),
    wanted: 'an event type such as no.tillit.token.intent.v1',
  },
  from: aTime,
  to: aTime,
  limit: {
    accepts: (value) => /^[1-9]\d{0,2}$/.test(value) && Number(value) <= MAX_LIMIT,
    wanted: `1 to ${MAX_LIMIT}`,
  },
  cursor: { accepts: (value) => placeIn(value) !== undefined, wanted: 'the "next" of an earlier answer' },
  state: { accepts: (value) => value === 'open' || value === 'all', wanted: 'open or all' },
} as const satisfies Record<string, Form>
type Name = keyof typeof forms

/**
 * The filters of `GET /audit/v1/events`. Without `from`, the 31 days before `to`.
 * @throws OAuthError `invalid_request`, which names the parameter and its form
 */
export function parseEventQuery(raw: RawQuery, nowMs: number): EventQuery {
  const given = read(raw, ['clientId', 'organisation', 'jti', 'type', 'from', 'to', 'limit', 'cursor'])
  const { from, to, limit, cursor, ...filters } = given
  const toMs = to === undefined ? nowMs + 1 : Date.parse(to)
  const fromMs = from === undefined ? toMs - DEFAULT_SPAN_DAYS * DAY_MS : Date.parse(from)
  if (fromMs >= toMs) throw invalid('from must be before to')
  if (toMs - fromMs > LONGEST_SPAN_DAYS * DAY_MS) throw invalid(`from and to may be ${LONGEST_SPAN_DAYS} days apart`)
  return { ...filters, fromMs, toMs, ...pageIn(limit, cursor) }
}

/** The filters of `GET /audit/v1/gaps`. */
export function parseGapQuery(raw: RawQuery): GapQuery {
  const { state, limit, cursor } = read(raw, ['state', 'limit', 'cursor'])
  return { openOnly: state === 'open', ...pageIn(limit, cursor) }
}

/** The cursor that continues after `place`. */
export function cursorAfter(place: Place): string {
  return Buffer.from(`${place.timeMs}.${place.id}`).toString('base64url')
}

function placeIn(cursor: string): Place | undefined {
  const [timeText = '', id = ''] = Buffer.from(cursor, 'base64url').toString('latin1').split('.')
  const place = { timeMs: Number(timeText), id }
  const ours = /^\d{1,15}$/.test(timeText) && isUuidV7(id) && cursorAfter(place) === cursor
  return ours ? place : undefined
}

function pageIn(limit?: string, cursor?: string): { limit: number; before?: Place } {
  const before = cursor === undefined ? undefined : placeIn(cursor)
  const count = limit === undefined ? DEFAULT_LIMIT : Number(limit)
  return before === undefined ? { limit: count } : { limit: count, before }
}

function read<N extends Name>(raw: RawQuery, names: readonly N[]): { [K in N]?: string } {
  const given: { [K in Name]?: string } = {}
  for (const [name, value] of Object.entries(raw)) {
    const known = names.find((one) => one === name)
    if (known === undefined) throw invalid(`unknown parameter; known are ${names.join(', ')}`)
    const { accepts, wanted }: Form = forms[known]
    if (typeof value !== 'string' || !accepts(value)) throw invalid(`${known} must be ${wanted}, given once`)
    given[known] = value
  }
  return given
}

const invalid = (text: string): OAuthError => new OAuthError('invalid_request', text)
