import type { TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { sectionNames, sections, type Document, type Section } from './document.js'
import { pathOf, type Path, type Problem } from './problems.js'

const MAX_ITEMS = 1_000_000

/**
 * The document when its shape is right, else every problem. Each item is checked by itself, so one broken item does not hide
 * another. A `jwks_uri` anywhere is refused first: keys are registered by value (B10).
 */
export function checkShape(value: unknown): { document: Document; problems: Problem[] } {
  const problems: Problem[] = []
  const document: Record<Section, unknown[]> = { organisations: [], apis: [], clients: [], delegations: [] }
  if (!isObject(value)) return { document: document as unknown as Document, problems: [notAnObject] }
  findForbidden(value, [], problems)
  for (const name of Object.keys(value)) {
    if (!isSection(name)) problems.push({ path: [name], message: `is not a section: use ${sectionNames.join(', ')}` })
    else document[name] = itemsOf(name, value[name], problems)
  }
  return { document: document as unknown as Document, problems: withoutRepeats(problems) }
}

const notAnObject: Problem = { path: [], message: `must be an object with ${sectionNames.join(', ')}` }
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isSection = (name: string): name is Section => Object.hasOwn(sections, name)

function itemsOf(section: Section, value: unknown, problems: Problem[]): unknown[] {
  if (value === null || value === undefined) return []
  if (!Array.isArray(value) || value.length > MAX_ITEMS) {
    problems.push({ path: [section], message: 'must be a list' })
    return []
  }
  const items: unknown[] = value
  items.forEach((item, at) => problems.push(...shapeProblems(sections[section], item, [section, at])))
  return items
}

/** What is wrong with one value under a schema, one problem a place. */
export function shapeProblems(schema: TSchema, value: unknown, base: Path): Problem[] {
  if (Value.Check(schema, value)) return []
  const byPlace = new Map<string, Problem>()
  for (const error of Value.Errors(schema, value) as Complaint[]) {
    for (const problem of explain(error, value, base)) {
      const place = JSON.stringify(problem.path)
      const seen = byPlace.get(place)
      byPlace.set(place, seen ? merged(seen, problem) : problem)
    }
  }
  return [...byPlace.values()]
}

interface Complaint {
  readonly keyword: string
  readonly instancePath: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message: string
}

function explain(error: Complaint, root: unknown, base: Path): Problem[] {
  const here = pathOf(error.instancePath)
  const path = [...base, ...here]
  const names = (member: string): string[] => (error.params[member] as string[] | undefined) ?? []
  switch (error.keyword) {
    case 'boolean':
      return []
    case 'additionalProperties':
      return names('additionalProperties').map((name) => ({
        path: [...path, name],
        message: 'is not a known member: remove it',
      }))
    case 'required':
      return names('requiredProperties').map((name) => ({ path: [...path, name], message: 'is missing' }))
    case 'const':
      return [{ path, message: `must be one of ${String(error.params['allowedValue'])}` }]
    case 'anyOf':
      return [{ path, message: 'has a value that is not allowed' }]
    case 'type':
      return [{ path, message: typeText(error, valueAt(root, here)) }]
    case 'pattern':
      return [{ path, message: patternText(String(error.params['pattern'])) }]
    default:
      return [{ path, message: error.message }]
  }
}

function typeText(error: Complaint, value: unknown): string {
  const quote = error.params['type'] === 'string' && typeof value === 'number' ? ': put it in quotes' : ''
  return `${error.message}${quote}`
}

const patternText = (pattern: string): string =>
  pattern === '^[0-9]{9}$' ? 'must be nine digits' : `must match ${pattern}`

/** Literals of a union complain one by one: they become one list. */
function merged(a: Problem, b: Problem): Problem {
  const start = 'must be one of '
  if (!a.message.startsWith(start) || !b.message.startsWith(start)) return a
  return { ...a, message: `${a.message}, ${b.message.slice(start.length)}` }
}

function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], root)
}

const BY_VALUE = { message: 'is refused: register keys by value under keys', code: 'invalid_client_metadata' } as const
const INHERITED = { message: 'is refused' }
const FORBIDDEN: ReadonlyMap<string, Omit<Problem, 'path'>> = new Map([
  ['jwks_uri', BY_VALUE],
  ['jwksUri', BY_VALUE],
  ['__proto__', INHERITED],
  ['constructor', INHERITED],
  ['prototype', INHERITED],
])

function findForbidden(value: unknown, path: Path, problems: Problem[]): void {
  if (typeof value !== 'object' || value === null || path.length > 32) return
  for (const [name, inner] of Object.entries(value)) {
    const at = [...path, Array.isArray(value) ? Number(name) : name]
    const refusal = Array.isArray(value) ? undefined : FORBIDDEN.get(name)
    if (refusal) problems.push({ path: at, ...refusal })
    else findForbidden(inner, at, problems)
  }
}

/** A forbidden member is an unknown member too: the first word on a place stands. */
function withoutRepeats(problems: Problem[]): Problem[] {
  const seen = new Set<string>()
  return problems.filter(({ path }) => {
    const place = JSON.stringify(path)
    return !seen.has(place) && seen.add(place)
  })
}
