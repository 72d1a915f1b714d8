import 'reflect-metadata'
import { randomUUID, X509Certificate as NodeCertificate } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import * as x509 from '@peculiar/x509'
import { cacheFolder } from './cache.js'

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const NAMES = [
  { type: 'dns', value: 'localhost' },
  { type: 'ip', value: '127.0.0.1' },
  { type: 'ip', value: '::1' },
] as const
const DAY_MS = 86_400_000
const CA_DAYS = 3650
const SERVER_DAYS = 90
const RENEW_DAYS = 30

/** PEM files of the local certificate authority and of the server certificate for localhost. */
export interface LocalCertificates {
  /** What clients trust: give it to NODE_EXTRA_CA_CERTS or --cacert. */
  readonly caFile: string
  readonly ca: string
  readonly cert: string
  readonly key: string
}

/**
 * The local CA, made at the first start and kept in the cache folder, with a server certificate that is renewed in
 * time. The CA can vouch for loopback names only (RFC 5280, section 4.2.1.10), so trusting it risks little.
 */
export async function localCertificates(
  folder = path.join(cacheFolder(), 'ca'),
  now = new Date(),
): Promise<LocalCertificates> {
  const caFile = path.join(folder, 'ca.pem')
  if (!(await isFresh(caFile, now))) await makeCa(folder, now)
  const serverFile = path.join(folder, 'localhost.pem')
  const ca = await readFile(caFile, 'utf8')
  if (!(await isFresh(serverFile, now, ca))) await makeServer(folder, serverFile, now)
  const both = await readFile(serverFile, 'utf8')
  const [cert, key] = [/-+BEGIN CERT[^]*?END CERTIFICATE-+\n?/, /-+BEGIN PRIVATE[^]*?END PRIVATE KEY-+\n?/].map(
    (pattern) => pattern.exec(both)?.[0] ?? '',
  )
  return { caFile, ca, cert: cert ?? '', key: key ?? '' }
}

/** Whether a certificate exists, lasts another month and, if asked, was signed by `ca`. */
async function isFresh(file: string, now: Date, ca?: string): Promise<boolean> {
  if (!existsSync(file)) return false
  try {
    const found = new NodeCertificate(await readFile(file))
    const signed = ca === undefined || found.verify(new NodeCertificate(ca).publicKey)
    return signed && found.validFromDate <= now && found.validToDate.getTime() - now.getTime() > RENEW_DAYS * DAY_MS
  } catch {
    return false
  }
}

async function makeCa(folder: string, now: Date): Promise<void> {
  await mkdir(path.dirname(folder), { recursive: true, mode: 0o700 })
  const draft = await mkdtemp(`${folder}-draft-`)
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=Tillit local CA (this machine only)',
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + CA_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      new x509.Extension('2.5.29.30', true, loopbackOnly()),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  })
  await writeFile(path.join(draft, 'ca.key'), await exported(keys.privateKey), { mode: 0o600 })
  await writeFile(path.join(draft, 'ca.pem'), `${ca.toString('pem')}\n`, { mode: 0o600 })
  // Two first starts at once: the one that renames first wins, and the other one uses the winner's.
  if (existsSync(folder) && !(await isFresh(path.join(folder, 'ca.pem'), now))) await rm(folder, { recursive: true })
  await rename(draft, folder).catch(() => rm(draft, { recursive: true, force: true }))
}

async function makeServer(folder: string, file: string, now: Date): Promise<void> {
  const issuer = new x509.X509Certificate(await readFile(path.join(folder, 'ca.pem'), 'utf8'))
  const caKey = x509.PemConverter.decodeFirst(await readFile(path.join(folder, 'ca.key'), 'utf8'))
  const signingKey = await crypto.subtle.importKey('pkcs8', caKey, ALGORITHM, false, ['sign'])
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify'])
  const cert = await x509.X509CertificateGenerator.create({
    subject: 'CN=localhost',
    issuer: issuer.subject,
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + SERVER_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([...NAMES]),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  })
  // A name of its own: two starts may make one at once, also within a process.
  const draft = `${file}.${randomUUID()}`
  await writeFile(draft, `${cert.toString('pem')}\n${await exported(keys.privateKey)}`, { mode: 0o600 })
  await rename(draft, file)
}

async function exported(key: CryptoKey): Promise<string> {
  const pkcs8 = await crypto.subtle.exportKey('pkcs8', key)
  return `${x509.PemConverter.encode(pkcs8, 'PRIVATE KEY')}\n`
}

/** NameConstraints in DER: permitted are localhost, 127.0.0.0/8 and ::1, and nothing else of these kinds. */
function loopbackOnly(): ArrayBuffer {
  const tagged = (tag: number, ...parts: Uint8Array[]): Buffer => {
    const body = Buffer.concat(parts)
    return Buffer.concat([Buffer.from([tag, body.length]), body])
  }
  const subtree = (tag: number, name: Uint8Array): Buffer => tagged(0x30, tagged(tag, name))
  const ipv6 = Buffer.concat([Buffer.alloc(15), Buffer.from([1]), Buffer.alloc(16, 0xff)])
  const trees = [
    subtree(0x82, Buffer.from('localhost')),
    subtree(0x87, Buffer.from([127, 0, 0, 0, 255, 0, 0, 0])),
    subtree(0x87, ipv6),
  ]
  return Uint8Array.from(tagged(0x30, tagged(0xa0, ...trees))).buffer
}

/** SHA-256 fingerprint of a PEM certificate, as browsers show it. */
export const fingerprintOf = (pem: string): string => new NodeCertificate(pem).fingerprint256
