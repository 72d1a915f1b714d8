import { generateKeyPair, exportJWK } from 'jose'
import type { JWK } from 'jose'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { parse } from 'yaml'

/** The document that client-registry imports (its domain/document.ts says what is valid); here only the clients matter. */
export interface SeedDocument {
  readonly clients?: readonly SeedClient[]
  readonly [section: string]: unknown
}

export interface SeedClient {
  readonly clientId: string
  readonly clientName: string
  readonly scopes: readonly string[]
  readonly keys?: readonly { jwk: JWK }[]
  readonly [member: string]: unknown
}

/** A client whose private key this run made: what a relying party's system would hold. */
export interface SeededClient {
  readonly clientId: string
  readonly clientName: string
  readonly scopes: readonly string[]
  readonly alg: 'ES256'
  readonly privateJwk: JWK
}

export interface Seed {
  /** JSON, which the import reads as the YAML that it is. */
  readonly file: string
  readonly clients: readonly SeededClient[]
  readonly clientIds: readonly string[]
}

export const SEED_FILE = path.join(import.meta.dirname, '..', 'seed.yaml')

/** Gives every client without keys a fresh key pair and writes the document for the import into the run's folder. */
export async function prepareSeed(source: string | SeedDocument, folder: string): Promise<Seed> {
  const document = typeof source === 'string' ? (parse(await readFile(source, 'utf8')) as SeedDocument) : source
  const listed = document.clients ?? []
  const seeded = await Promise.all(listed.filter((client) => (client.keys ?? []).length === 0).map(withNewKey))
  const clients = listed.map(
    (client) => seeded.find(({ entry }) => entry.clientId === client.clientId)?.entry ?? client,
  )
  const file = path.join(folder, 'seed.json')
  await writeFile(file, JSON.stringify({ ...document, clients }, undefined, 2), { mode: 0o600 })
  return { file, clients: seeded.map(({ client }) => client), clientIds: listed.map(({ clientId }) => clientId) }
}

async function withNewKey(entry: SeedClient): Promise<{ entry: SeedClient; client: SeededClient }> {
  const pair = await generateKeyPair('ES256', { extractable: true })
  const kid = `${entry.clientId}-1`
  const privateJwk = { ...(await exportJWK(pair.privateKey)), kid, alg: 'ES256' }
  const publicJwk = { ...(await exportJWK(pair.publicKey)), kid, alg: 'ES256', use: 'sig' }
  const { clientId, clientName, scopes } = entry
  return {
    entry: { ...entry, keys: [{ jwk: publicJwk }] },
    client: { clientId, clientName, scopes, alg: 'ES256', privateJwk },
  }
}
