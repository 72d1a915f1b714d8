import { recordAndSign } from './domain/record-and-sign.js'
import type { SignRequest, SignResult } from './domain/sign-request.js'
import type { World } from './world.fixture.js'

/** Asks as `token` with two seconds to go. */
export const ask = (world: World, ...requests: SignRequest[]): Promise<SignResult[]> =>
  recordAndSign({ deadline: world.now + 2_000, requests }, 'token', world.deps)

/** What is recorded, in order, with the reason of an outcome. */
export const kinds = (world: World): string[] =>
  world.recorder.stored.map(({ kind, data }) =>
    typeof data['reason'] === 'string' ? `${kind} ${data['reason']}` : kind,
  )

export const accessOf = (result: SignResult | undefined): string => (result?.ok ? (result.access ?? '') : '')
