import { hash } from 'node:crypto'

/**
 * Message ids that make a replay a duplicate message (security.md section 1). SHA-256 over a label and length-prefixed parts,
 * so that no two lists of parts give one text; base64url.
 */
function messageId(label: string, parts: readonly (string | number)[]): string {
  let text = `tillit:${label}`
  for (const part of parts) {
    const value = String(part)
    text += `:${value.length}:${value}`
  }
  return hash('sha256', text, 'base64url')
}

/** One client assertion, wherever it is used: token, PAR, revocation, introspection. */
export function spendId(clientId: string, jti: string): string {
  return messageId('spend', [clientId, jti])
}

/** One DPoP proof, on every replica. */
export function proofId(jkt: string, jti: string): string {
  return messageId('proof', [jkt, jti])
}

/** The outcome that follows an intent to sign; `jti` is the token's. */
export function outcomeId(jti: string): string {
  return messageId('outcome', [jti])
}

/** A signature without a client assertion, such as a logout token's; `jti` is the token's. */
export function recordId(purpose: string, jti: string): string {
  return messageId('record', [purpose, jti])
}

export interface Slot {
  readonly producer: string
  readonly epoch: string | number
  readonly stream: string
  readonly n: number
}

/** A producer's place in its gap-free sequence, for a record that fills the place and claims nothing else. */
export function slotId(slot: Slot): string {
  return messageId('slot', [slot.producer, slot.epoch, slot.stream, slot.n])
}

/** The issuance partition, 0 to `partitions` - 1, of a client. Only signing-key asks. */
export function partitionOf(clientId: string, partitions: number): number {
  return hash('sha256', `tillit:partition:${clientId}`, 'buffer').readUInt32BE(0) % partitions
}
