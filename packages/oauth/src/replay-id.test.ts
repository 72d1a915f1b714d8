import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { outcomeId, partitionOf, proofId, recordId, slotId, spendId } from './replay-id.js'

const ascii = fc.string({ unit: 'grapheme-ascii' })

describe('message ids', () => {
  it('are SHA-256 over a label and length-prefixed parts', () => {
    const hash = (text: string): string => createHash('sha256').update(text).digest('base64url')
    expect(spendId('client', 'id-1')).toBe(hash('tillit:spend:6:client:4:id-1'))
    expect(proofId('jkt', 'p')).toBe(hash('tillit:proof:3:jkt:1:p'))
    expect(outcomeId('t')).toBe(hash('tillit:outcome:1:t'))
    expect(recordId('logout', 't')).toBe(hash('tillit:record:6:logout:1:t'))
    expect(slotId({ producer: 'signing-1', epoch: 'e', stream: 'S', n: 12 })).toBe(
      hash('tillit:slot:9:signing-1:1:e:1:S:2:12'),
    )
  })

  it('differ whenever a part differs, however the parts are split', () => {
    fc.assert(
      fc.property(fc.tuple(ascii, ascii), fc.tuple(ascii, ascii), (a, b) => {
        expect(spendId(...a) === spendId(...b)).toBe(a[0] === b[0] && a[1] === b[1])
      }),
    )
    fc.assert(
      fc.property(ascii, fc.nat(20), (text, at) => {
        const whole = spendId(text, '')
        const cut = Math.min(at, text.length)
        if (cut < text.length) expect(spendId(text.slice(0, cut), text.slice(cut))).not.toBe(whole)
      }),
    )
    expect(spendId('a:1', 'b')).not.toBe(spendId('a', '1:b'))
  })

  it('differ by purpose', () => {
    const ids = [spendId('a', 'b'), proofId('a', 'b'), recordId('a', 'b'), outcomeId('a'), outcomeId('b')]
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('a slot differs in each of its parts', () => {
    const slot = { producer: 'p', epoch: 1, stream: 's', n: 1 }
    const ids = [
      slot,
      { ...slot, producer: 'q' },
      { ...slot, epoch: 2 },
      { ...slot, stream: 't' },
      { ...slot, n: 2 },
    ].map(slotId)
    expect(new Set(ids).size).toBe(5)
  })
})

describe('partitionOf', () => {
  it('is stable, in range and even', () => {
    const counts = Array<number>(8).fill(0)
    for (let i = 0; i < 8_000; i++) {
      const partition = partitionOf(`client-${i}`, 8)
      expect(partition).toBe(partitionOf(`client-${i}`, 8))
      counts[partition] = (counts[partition] ?? 0) + 1
    }
    expect(counts).toHaveLength(8)
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(200)
    expect(partitionOf('any', 1)).toBe(0)
  })

  it('does not change between versions: the broker holds what earlier ones wrote', () => {
    const wanted = ['client-1', 'ehr-granfjelldal', '7d4d0e7f-6153-4a69-8b62-42b522abbee6'].map(
      (id) => createHash('sha256').update(`tillit:partition:${id}`).digest().readUInt32BE(0) % 8,
    )
    expect(
      ['client-1', 'ehr-granfjelldal', '7d4d0e7f-6153-4a69-8b62-42b522abbee6'].map((id) => partitionOf(id, 8)),
    ).toEqual(wanted)
  })
})
