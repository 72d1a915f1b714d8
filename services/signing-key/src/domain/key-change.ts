import type { KeyStep } from './key-schedule.js'
import { nextSecretId, NONCE_SECRETS_KEPT } from './key-schedule.js'
import type { KeyRecord, KeyState } from './key-state.js'
import type { Vault } from './ports.js'

/** The state after the steps, as a new edition of the keys even without any; new keys come from the vault. A key that nobody may sign with loses its private half. */
export async function applySteps(
  state: KeyState,
  steps: readonly KeyStep[],
  { vault, now }: { vault: Vault; now: number },
): Promise<KeyState> {
  const make = async (step: KeyStep) => (step.do === 'create' ? create(step, vault, now) : undefined)
  const made = await Promise.all(steps.map(make))
  let keys: readonly KeyRecord[] = [...state.keys]
  steps.forEach((step, i) => {
    keys = applyStep(keys, step, { now, made: made[i] })
  })
  return { ...state, keys }
}

/** The state with a fresh nonce secret in front and the oldest ones gone. */
export async function addNonceSecret(
  state: KeyState,
  { vault, now }: { vault: Vault; now: number },
): Promise<KeyState> {
  const id = nextSecretId(state.secrets)
  const secret = { id, wrapped: await vault.makeSecret(id), createdAt: now }
  return { ...state, secrets: [secret, ...state.secrets].slice(0, NONCE_SECRETS_KEPT) }
}

async function create(step: KeyStep & { do: 'create' }, vault: Vault, now: number): Promise<KeyRecord> {
  const { kid, publicJwk, wrapped } = await vault.makeKey(step.alg)
  const { alg, status, notBefore } = step
  const activatedAt = status === 'active' ? now : undefined
  const common = { kid, alg, purpose: 'access', status, publicJwk, wrapped } as const
  return { ...common, createdAt: now, notBefore, activatedAt, removeAfter: undefined }
}

interface StepContext {
  readonly now: number
  readonly made: KeyRecord | undefined
}

function applyStep(keys: readonly KeyRecord[], step: KeyStep, { now, made }: StepContext): readonly KeyRecord[] {
  switch (step.do) {
    case 'create':
      return made ? [...keys, made] : keys
    case 'activate':
      return replace(keys, step.kid, (key) => ({
        ...key,
        status: 'active',
        activatedAt: now,
        notBefore: Math.min(key.notBefore, now),
      }))
    case 'retire':
      return replace(keys, step.kid, (key) => ({
        ...key,
        status: 'retired',
        wrapped: undefined,
        removeAfter: step.removeAfter,
      }))
    case 'withdraw':
      return replace(keys, step.kid, (key) => ({
        ...key,
        status: 'withdrawn',
        wrapped: undefined,
        removeAfter: step.removeAfter,
      }))
    case 'remove':
      return keys.filter((key) => key.kid !== step.kid)
  }
}

function replace(keys: readonly KeyRecord[], kid: string, change: (key: KeyRecord) => KeyRecord): readonly KeyRecord[] {
  return keys.map((key) => (key.kid === kid ? change(key) : key))
}
