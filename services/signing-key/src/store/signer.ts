import { constants, sign, type KeyObject, type SignKeyObjectInput } from 'node:crypto'
import { ALG_RULES, encodeJwsHeader, type AlgRule, type JwsAlg } from '@tillit/oauth'
import type { Signer } from '../domain/ports.js'

/**
 * A key that can only sign. One-shot `crypto.sign` with a cached KeyObject is the cheapest way (performance.md); RSA is so
 * dear that it leaves the main loop.
 */
export function makeSigner(key: KeyObject, { kid, alg }: { kid: string; alg: JwsAlg }): Signer {
  const rule = ALG_RULES[alg]
  const input = signInput(rule, key)
  const headers = new Map<string, string>()
  const header = (typ: string): string => {
    const known = headers.get(typ) ?? encodeJwsHeader({ alg, typ, kid })
    headers.set(typ, known)
    return known
  }
  const onLoop = (text: string) => sign(rule.digest, Buffer.from(text, 'latin1'), input).toString('base64url')
  const offLoop = (text: string) =>
    new Promise<string>((resolve, reject) => {
      sign(rule.digest, Buffer.from(text, 'latin1'), input, (error, signature) => {
        if (error) reject(error)
        else resolve(signature.toString('base64url'))
      })
    })
  return { kid, alg, header, sign: rule.form === 'p1363' ? onLoop : offLoop }
}

/** RFC 7518, sections 3.3 to 3.5. */
function signInput(rule: AlgRule, key: KeyObject): SignKeyObjectInput {
  switch (rule.form) {
    case 'p1363':
      return { key, dsaEncoding: 'ieee-p1363' }
    case 'pss':
      return { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
    case 'pkcs1':
    case 'eddsa':
      return { key }
  }
}
