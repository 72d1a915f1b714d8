import { OAuthError, type OAuthErrorCode } from '@tillit/oauth'

/** Where in a document: member names and list places from the root. */
export type Path = readonly (string | number)[]

export interface Problem {
  readonly path: Path
  /** What is wrong and what to do; safe to send. */
  readonly message: string
  /** Default `invalid_request`. */
  readonly code?: OAuthErrorCode
  /** A value that something else owns already (409). */
  readonly conflict?: boolean
}

export const MAX_PROBLEMS = 100

/** A document that was not taken, with every problem found (at most `MAX_PROBLEMS`). Nothing was changed. */
export class ImportRefused extends OAuthError {
  readonly problems: readonly Problem[]

  constructor(problems: readonly Problem[]) {
    const first = problems[0]
    const conflict = problems.length > 0 && problems.every((problem) => problem.conflict)
    super(problems.find((problem) => problem.code)?.code ?? 'invalid_request', textOf(first, problems.length), {
      status: conflict ? 409 : 400,
    })
    this.problems = problems.slice(0, MAX_PROBLEMS)
  }
}

function textOf(first: Problem | undefined, count: number): string {
  if (!first) return 'The document is refused'
  const more = count > 1 ? ` (and ${count - 1} more)` : ''
  return `${pointer(first.path)}: ${first.message}${more}`
}

/** RFC 6901. */
export const pointer = (path: Path): string =>
  path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')

/** RFC 6901, read back: list places become numbers. */
export function pathOf(text: string): Path {
  if (text === '') return []
  return text
    .slice(1)
    .split('/')
    .map((part) => (/^(0|[1-9]\d{0,8})$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~')))
}
