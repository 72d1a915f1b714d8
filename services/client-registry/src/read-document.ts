import { LineCounter, parseDocument, type Document as YamlDocument } from 'yaml'
import type { Path, Problem } from './domain/problems.js'

export interface ParsedText {
  readonly value: unknown
  /** Problems of the text itself: then there is no value. */
  readonly problems: readonly { readonly line: number; readonly column: number; readonly message: string }[]
  /** Line and column, from 1, of a place in the value; of the nearest enclosing one when the place is missing. */
  place(path: Path): { readonly line: number; readonly column: number }
}

const MAX_ALIASES = 100

/** YAML 1.2 (JSON is a part of it), strictly: no repeated key, no unknown tag, bounded aliases. */
export function readDocument(text: string): ParsedText {
  const lines = new LineCounter()
  const yaml = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    schema: 'core',
    uniqueKeys: true,
    merge: false,
  })
  const at = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const place = (path: Path) => at(offsetOf(yaml, path))
  const problems = [...yaml.errors, ...yaml.warnings].map(({ message, pos }) => ({ ...at(pos[0]), message }))
  if (problems.length > 0) return { value: undefined, problems, place }
  try {
    return { value: yaml.toJS({ maxAliasCount: MAX_ALIASES }), problems, place }
  } catch (error) {
    const message = error instanceof Error ? error.message : 'cannot be read'
    return { value: undefined, problems: [{ line: 1, column: 1, message }], place }
  }
}

function offsetOf(yaml: YamlDocument, path: Path): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = yaml.getIn(path.slice(0, depth), true) as { range?: [number, number, number] | null } | undefined
    if (node?.range) return node.range[0]
  }
  return 0
}

/** `file:line:column: /pointer: message`, one a line. */
export function locate(
  problems: readonly Problem[],
  parsed: ParsedText,
): { line: number; column: number; text: string }[] {
  return problems.map(({ path, message }) => ({
    ...parsed.place(path),
    text: `${path.join('.') || 'document'}: ${message}`,
  }))
}
