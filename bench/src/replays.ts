import { load } from './load.ts'
import { challengeNonce, type System } from './measure.ts'
import { makeAssertion, makeProof, makeRequest, makeRequests, type BenchClient, type Target } from './requests.ts'

export interface Replays {
  /** Tokens for a whole file of requests that was sent before. */
  readonly wholeFile: number
  /** Tokens for 40 requests, each sent 16 times at once: 40 are right. */
  readonly concurrent: number
  /** Tokens for used proofs under fresh assertions. */
  readonly proofs: number
}

const COPIES = 16
const DISTINCT = 40

/** How many replays a system accepts, over all its ports. */
export async function countReplays(
  system: System,
  clients: readonly BenchClient[],
  fileSize: number,
): Promise<Replays> {
  const target: Target = { ...system.target, nonce: await challengeNonce(system, clients) }
  const portOf = (i: number): number => system.ports[i % system.ports.length] as number

  const file = makeRequests(clients, target, fileSize)
  await load(portOf(0), file, 16)
  const again = await load(portOf(1), file, 16)

  const distinct = makeRequests(clients, target, DISTINCT)
  const concurrent = await Promise.all(
    system.ports.map((port) =>
      load(
        port,
        distinct.flatMap((one) => Array.from({ length: COPIES / system.ports.length }, () => one)),
        COPIES,
      ),
    ),
  )

  const now = Math.floor(Date.now() / 1000)
  const pairs = Array.from({ length: DISTINCT }, (_, i) => {
    const client = clients[i % clients.length] as BenchClient
    const proof = makeProof(client, target, now)
    const request = (): Buffer => makeRequest(client, target, { assertion: makeAssertion(client, target, now), proof })
    return [request(), request()] as const
  })
  await load(
    portOf(0),
    pairs.map(([first]) => first),
    4,
  )
  const reused = await load(
    portOf(1),
    pairs.map(([, second]) => second),
    4,
  )

  const accepted = (statuses: ReadonlyMap<number, number>): number => statuses.get(200) ?? 0
  return {
    wholeFile: accepted(again.statuses),
    concurrent: concurrent.reduce((sum, { statuses }) => sum + accepted(statuses), 0),
    proofs: accepted(reused.statuses),
  }
}
