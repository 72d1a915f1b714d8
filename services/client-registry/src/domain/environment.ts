/** An issuer is one environment (architecture.md, "Environments"). */
export type Environment = 'local' | 'test' | 'production'

export interface Rules {
  readonly environment: Environment
  /** Epoch milliseconds. */
  readonly now: number
}

const WEIGHTS = [3, 2, 7, 6, 5, 4, 3, 2]

/** Nine ASCII digits, and in production the control digit, modulus 11 (helseid.md section 5.1; F06). */
export function organisationNumberProblem(orgnr: string, environment: Environment): string | undefined {
  if (!/^[0-9]{9}$/.test(orgnr)) return 'must be nine digits'
  if (environment !== 'production') return undefined
  return hasControlDigit(orgnr) ? undefined : 'is not an organisation number: its control digit is wrong'
}

function hasControlDigit(orgnr: string): boolean {
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(orgnr[at]), 0)
  return (11 - (sum % 11)) % 11 === Number(orgnr[8])
}

/** A test issuer accepts only synthetic organisations, a production issuer none (helseid.md, section 5.1). */
export function syntheticProblem(synthetic: boolean, environment: Environment): string | undefined {
  if (environment === 'production' && synthetic) return 'is synthetic: production refuses synthetic organisations'
  if (environment !== 'production' && !synthetic) {
    return 'is not synthetic: only synthetic organisations may be used outside production'
  }
  return undefined
}
