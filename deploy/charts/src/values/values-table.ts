import { isMap, isPair, isScalar, parseDocument } from 'yaml'
import type { Node, Pair, YAMLMap } from 'yaml'

export interface ValueRow {
  readonly path: string
  readonly byDefault: string
  readonly meaning: string
}

const MARK = '-- '

/**
 * The rows of the values documentation, in the order of values.yaml. A comment `# -- text` before a key is its meaning
 * and makes one row of it; a map without one is walked into.
 */
export function valueRows(valuesYaml: string): ValueRow[] {
  const document = parseDocument(valuesYaml)
  if (!isMap(document.contents)) throw new Error('values.yaml is not a map')
  return rowsOf(document.contents, '')
}

function rowsOf(map: YAMLMap, prefix: string): ValueRow[] {
  return map.items.flatMap((pair, index) => {
    if (!isPair(pair) || !isScalar(pair.key)) throw new Error(`unreadable key under ${prefix}`)
    const path = `${prefix}${String(pair.key.value)}`
    // The comment of a map's first key hangs on the map itself.
    const comment = pair.key.commentBefore ?? (index === 0 ? map.commentBefore : undefined)
    const meaning = meaningOf(comment)
    const value = pair.value as Node | null
    const walks = meaning === undefined && isMap(value) && value.items.length > 0 && value.flow !== true
    return walks
      ? rowsOf(value, `${path}.`)
      : [{ path, byDefault: defaultOf(pair as Pair<unknown, Node | null>), meaning: meaning ?? '' }]
  })
}

function meaningOf(comment: string | null | undefined): string | undefined {
  const lines = (comment ?? '').split('\n').map((line) => line.trim())
  const start = lines.findLastIndex((line) => line.startsWith(MARK))
  return start < 0 ? undefined : lines.slice(start).join(' ').slice(MARK.length)
}

const LONG = 100

function defaultOf(pair: Pair<unknown, Node | null>): string {
  const text = JSON.stringify(pair.value?.toJSON() ?? null)
  return text.length > LONG ? 'see values.yaml' : `\`${text}\``
}
