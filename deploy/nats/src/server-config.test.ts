import { describe, expect, it } from '@jest/globals'
import { lintServerConfig, serverConfig } from './server-config.js'
import { newUsers, publicKeys } from './users.js'

const users = publicKeys(newUsers())
const options = { port: 4222, storeDir: '/tmp/store', users, syncAlways: true }

describe('serverConfig', () => {
  it('binds loopback, syncs always, ejects frozen clients, has no monitor', () => {
    const config = serverConfig(options)
    expect(config).toContain('listen: "127.0.0.1:4222"')
    expect(config).toContain('sync_interval: always')
    expect(config).toContain('ping_interval: "2s"\nping_max: 1')
    expect(config).not.toMatch(/^http/m)
    expect(serverConfig({ ...options, syncAlways: false })).not.toContain('sync_interval')
  })

  it('names every user by its public key and never a seed', () => {
    const config = serverConfig(options)
    for (const nkey of Object.values(users)) expect(config).toContain(nkey)
    expect(config).not.toMatch(/"SU[A-Z0-9]{50,}"/)
  })

  it('J06 refuses settings that let somebody in without an own user', () => {
    for (const extra of ['no_auth_user: x', 'mqtt { port: 1883 }', 'leafnodes{port: 7422}', '  websocket = {}']) {
      expect(() => serverConfig({ ...options, extra })).toThrow(/is banned/)
    }
    expect(lintServerConfig('server_name: "no_auth_user: x" # mqtt { }')).toEqual([])
    expect(serverConfig({ ...options, extra: 'debug: true' })).toContain('debug: true')
  })

  it('refuses a value that would leave its quotes', () => {
    expect(() => serverConfig({ ...options, storeDir: '/tmp/a"\nno_auth_user: x' })).toThrow(/not usable/)
  })

  it('a cluster guards its route port with a password', () => {
    const cluster = { name: 'tillit', port: 6222, password: 'synthetic', peers: [{ host: '127.0.0.1', port: 6223 }] }
    expect(serverConfig({ ...options, cluster })).toContain('authorization: { user: route, password: "synthetic" }')
  })
})
