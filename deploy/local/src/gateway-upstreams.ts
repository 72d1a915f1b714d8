import { get } from 'node:http'

/** One replica of a service: where it serves, and where it tells how it is. */
export interface Upstream {
  readonly url: string
  readonly privateUrl: string
}

/** Requests below one of `paths` go to one of `upstreams`. */
export interface Route {
  readonly service: string
  /** Prefixes; a prefix matches itself and what follows it after a slash. */
  readonly paths: readonly string[]
  readonly upstreams: readonly Upstream[]
  /** How long a whole request may wait for an answer. */
  readonly timeoutMs: number
  readonly bodyLimit: number
}

type Health = 'ready' | 'unready' | 'gone'

/** Finds the route of a request path; the longest prefix wins. */
export function routeFor(routes: readonly Route[], path: string): Route | undefined {
  const matches = routes.flatMap((route) =>
    route.paths.filter((prefix) => under(path, prefix)).map((prefix) => ({ route, prefix })),
  )
  return matches.sort((a, b) => b.prefix.length - a.prefix.length)[0]?.route
}

const under = (path: string, prefix: string): boolean => path === prefix || path.startsWith(`${prefix}/`)

const POLL_MS = 500
const ANSWER_WITHIN_MS = 1000

/** Knows which replicas are well, by asking them, and deals requests out among the best there are. */
export class Upstreams {
  readonly #health = new Map<string, Health>()
  readonly #turn = new Map<string, number>()
  readonly #timers: NodeJS.Timeout[] = []

  constructor(routes: readonly Route[]) {
    for (const { privateUrl } of routes.flatMap((route) => route.upstreams)) {
      if (this.#health.has(privateUrl)) continue
      this.#health.set(privateUrl, 'unready')
      this.#watch(privateUrl)
    }
  }

  #watch(privateUrl: string): void {
    let asking = false
    const ask = async (): Promise<void> => {
      if (asking) return
      asking = true
      this.#health.set(privateUrl, await healthOf(`${privateUrl}/readyz`))
      asking = false
    }
    void ask()
    this.#timers.push(setInterval(() => void ask(), POLL_MS))
  }

  /** Ready replicas in turn. With none ready, those that live: each endpoint knows itself what it can still answer. */
  choose(route: Route): Upstream[] {
    const by = (health: Health): Upstream[] =>
      route.upstreams.filter((one) => this.#health.get(one.privateUrl) === health)
    const ready = by('ready')
    const best = ready.length > 0 ? ready : by('unready')
    const turn = (this.#turn.get(route.service) ?? 0) + 1
    this.#turn.set(route.service, turn)
    return best.map((_, index) => best[(turn + index) % best.length] as Upstream)
  }

  /** Called when a connection was refused: quicker than the next poll. */
  lost(upstream: Upstream): void {
    this.#health.set(upstream.privateUrl, 'gone')
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }
}

function healthOf(url: string): Promise<Health> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, signal: AbortSignal.timeout(ANSWER_WITHIN_MS) }, (response) => {
      response.resume()
      resolve(response.statusCode === 200 ? 'ready' : 'unready')
    })
    request.on('error', () => resolve('gone'))
  })
}
