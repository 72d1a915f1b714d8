import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { localCertificates } from './ca.js'

const DAY_MS = 86_400_000
const now = new Date('2026-06-01T00:00:00Z')
const later = (days: number): Date => new Date(now.getTime() + days * DAY_MS)
let folder: string

beforeEach(() => {
  folder = path.join(mkdtempSync(path.join(tmpdir(), 'ca test ')), 'ca')
})
afterEach(() => rmSync(path.dirname(folder), { recursive: true }))

describe('the local CA', () => {
  it('vouches for the names of this machine, in files that nobody else reads', async () => {
    const { ca, cert, caFile } = await localCertificates(folder, now)
    const [issuer, server] = [new X509Certificate(ca), new X509Certificate(cert)]
    expect(issuer.ca).toBe(true)
    expect(server.ca).toBe(false)
    expect(server.verify(issuer.publicKey)).toBe(true)
    for (const name of ['localhost']) expect(server.checkHost(name)).toBe(name)
    for (const address of ['127.0.0.1', '::1']) expect(server.checkIP(address)).toBe(address)
    expect(server.checkHost('example.com')).toBeUndefined()
    for (const name of readdirSync(folder)) expect(statSync(path.join(folder, name)).mode & 0o777).toBe(0o600)
    expect(path.dirname(caFile)).toBe(folder)
  })

  it('is kept; the server certificate is renewed a month before it ends', async () => {
    const first = await localCertificates(folder, now)
    const same = await localCertificates(folder, later(50))
    expect([same.ca, same.cert]).toEqual([first.ca, first.cert])
    const renewed = await localCertificates(folder, later(61))
    expect(renewed.ca).toBe(first.ca)
    expect(renewed.cert).not.toBe(first.cert)
    expect(new X509Certificate(renewed.cert).validToDate > later(100)).toBe(true)
  })

  it('is made anew before it ends', async () => {
    const first = await localCertificates(folder, now)
    const second = await localCertificates(folder, later(3640))
    expect(second.ca).not.toBe(first.ca)
    expect(new X509Certificate(second.cert).verify(new X509Certificate(second.ca).publicKey)).toBe(true)
  })

  it('is one, also when several first starts make it at once', async () => {
    const all = await Promise.all([1, 2, 3, 4].map(() => localCertificates(folder, now)))
    expect(new Set(all.map(({ ca }) => ca)).size).toBe(1)
    const issuer = new X509Certificate(all[0]?.ca ?? '')
    for (const { cert } of all) expect(new X509Certificate(cert).verify(issuer.publicKey)).toBe(true)
    expect(readdirSync(path.dirname(folder))).toEqual(['ca'])
  })
})
