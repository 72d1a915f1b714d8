import type { Identity } from '@tillit/events'
import { permissionsFor } from './permissions.js'
import type { Permissions } from './permissions.js'

export interface ServerTls {
  readonly certFile: string
  readonly keyFile: string
  readonly caFile?: string
}

/** Peers of a cluster; `password` guards the route port, which must never be open to others (J06). */
export interface ServerCluster {
  readonly name: string
  readonly port: number
  readonly peers: readonly { host: string; port: number }[]
  readonly password: string
  readonly tls?: ServerTls
}

export interface ServerOptions {
  readonly port: number
  readonly storeDir: string
  /** Public nkeys; an identity that is left out has no user and cannot connect. */
  readonly users: Partial<Record<Identity, string>>
  /** `sync_interval: always`: acknowledged means on disk (reliability.md, section 2). Off is for unit tests only. */
  readonly syncAlways: boolean
  readonly host?: string
  readonly serverName?: string
  readonly partitions?: number
  readonly tls?: ServerTls
  readonly cluster?: ServerCluster
  /** Port of the HTTP monitor on loopback; absent means off. */
  readonly monitorPort?: number
  /** Upper bounds of what JetStream may reserve, in bytes; the server's own defaults follow the machine. */
  readonly maxFileStore?: number
  readonly maxMemoryStore?: number
  /** Further configuration text, held to the same ban as the rest. */
  readonly extra?: string
}

const MAX_PAYLOAD = 1_048_576
const BANNED = ['no_auth_user', 'mqtt', 'leafnodes', 'websocket', 'gateway', 'allow_all', 'auth_callout']

/**
 * Configuration of a nats-server: one application account with JetStream, one system account without users, one nkey
 * user per identity with allow-lists only (security.md, section 8). Frozen clients leave their queue group in about
 * five seconds by `ping_interval` and `ping_max` (reliability.md, section 2).
 * @throws Error where a value cannot stand in a configuration, or `extra` opens a way around the users.
 */
export function serverConfig(options: ServerOptions): string {
  const lines = [
    `listen: ${text(`${options.host ?? '127.0.0.1'}:${options.port}`)}`,
    ...(options.serverName === undefined ? [] : [`server_name: ${text(options.serverName)}`]),
    `max_payload: ${MAX_PAYLOAD}`,
    'ping_interval: "2s"',
    'ping_max: 1',
    ...(options.monitorPort === undefined ? [] : [`http: "127.0.0.1:${options.monitorPort}"`]),
    ...tlsLines(options.tls),
    ...jetstreamLines(options),
    ...clusterLines(options.cluster),
    ...accountLines(options),
    ...(options.extra === undefined ? [] : [options.extra]),
  ]
  const config = `${lines.join('\n')}\n`
  const faults = lintServerConfig(config)
  if (faults.length > 0) throw new Error(`nats-server configuration refused: ${faults.join('; ')}`)
  return config
}

/** Names every setting in `config` that would let somebody in without an own user, or past the allow-lists. */
export function lintServerConfig(config: string): string[] {
  const bare = config.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace(/(?:#|\/\/).*$/gm, '')
  return BANNED.filter((word) => new RegExp(`(^|[\\s{,;])${word}\\s*[:={\\s]`, 'i').test(bare)).map(
    (word) => `"${word}" is banned`,
  )
}

function jetstreamLines(options: ServerOptions): string[] {
  return [
    'jetstream {',
    `  store_dir: ${text(options.storeDir)}`,
    ...(options.syncAlways ? ['  sync_interval: always'] : []),
    ...(options.maxFileStore === undefined ? [] : [`  max_file_store: ${options.maxFileStore}`]),
    ...(options.maxMemoryStore === undefined ? [] : [`  max_memory_store: ${options.maxMemoryStore}`]),
    '}',
  ]
}

function accountLines(options: ServerOptions): string[] {
  const users = Object.entries(options.users).flatMap(([identity, nkey]) => [
    `      # ${identity}`,
    `      { nkey: ${text(nkey)}, permissions: {`,
    ...permissionLines(permissionsFor(identity as Identity, options.partitions)).map((line) => `          ${line}`),
    '      } }',
  ])
  return [
    'system_account: SYS',
    'accounts {',
    '  SYS: {}',
    '  TILLIT: {',
    '    jetstream: enabled',
    '    users: [',
    ...users,
    '    ]',
    '  }',
    '}',
  ]
}

function permissionLines({ publish, subscribe, allowResponses }: Permissions): string[] {
  return [
    `publish: { allow: [${publish.map(text).join(', ')}] }`,
    `subscribe: { allow: [${subscribe.map(text).join(', ')}] }`,
    ...(allowResponses === undefined
      ? []
      : [`allow_responses: { max: ${allowResponses.max}, expires: ${text(allowResponses.expires)} }`]),
  ]
}

function clusterLines(cluster: ServerCluster | undefined): string[] {
  if (cluster === undefined) return []
  const credentials = `route:${encodeURIComponent(cluster.password)}`
  const routes = cluster.peers.map((peer) => text(`nats://${credentials}@${peer.host}:${peer.port}`))
  return [
    'cluster {',
    `  name: ${text(cluster.name)}`,
    `  listen: ${text(`127.0.0.1:${cluster.port}`)}`,
    `  authorization: { user: route, password: ${text(cluster.password)} }`,
    ...tlsLines(cluster.tls).map((line) => `  ${line}`),
    `  routes: [${routes.join(', ')}]`,
    '}',
  ]
}

function tlsLines(tls: ServerTls | undefined): string[] {
  if (tls === undefined) return []
  const ca = tls.caFile === undefined ? '' : `, ca_file: ${text(tls.caFile)}`
  return [`tls: { cert_file: ${text(tls.certFile)}, key_file: ${text(tls.keyFile)}${ca} }`]
}

/** A quoted value; the format has no escape that is safe for every sign, so the unsafe ones are refused. */
function text(value: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is refused here
  if (/["\\\u0000-\u001f\u007f]/.test(value)) throw new Error(`not usable in a nats-server configuration: ${value}`)
  return `"${value}"`
}
