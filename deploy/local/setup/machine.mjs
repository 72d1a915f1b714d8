import { existsSync, statfsSync } from 'node:fs'
import path from 'node:path'
import { cacheFolder } from './cache-folder.mjs'
import { ROOT, Trouble } from './step.mjs'

const OLDEST_NODE = 20
const MB = 1024 * 1024
const installed = () => existsSync(path.join(ROOT, 'node_modules/.tillit-installed'))

/** What each place must hold, in megabytes: measured, with room for a few runs. */
const places = () => [
  { folder: ROOT, need: installed() ? 200 : 1800, holds: 'the dependencies and the build' },
  { folder: cacheFolder(), need: 150, holds: 'nats-server and certificates' },
  { folder: '/var/tmp', need: 700, holds: 'PostgreSQL and the data of running constellations' },
]

/** Refuses, in words, a machine on which a later step would fail in riddles. */
export async function checkMachine() {
  const node = Number(process.versions.node.split('.')[0])
  if (node < OLDEST_NODE)
    throw new Trouble(`Node ${process.versions.node} is too old to begin with: install Node ${OLDEST_NODE} or newer.`)
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Trouble(`The local constellation runs on Linux x64; this is ${process.platform} ${process.arch}.`)
  const sums = new Map()
  for (const { folder, need, holds } of places()) {
    const { bavail, bsize, type, blocks } = statfsSync(folder)
    const disk = `${type}-${blocks}`
    const before = sums.get(disk) ?? { need: 0, holds: [] }
    const sum = {
      folder,
      need: before.need + need,
      holds: [...before.holds, holds],
      free: Math.floor((bavail * bsize) / MB),
    }
    sums.set(disk, sum)
    if (sum.free < sum.need)
      throw new Trouble(
        `Too little disk at ${folder}: ${sum.free} MB free, ${sum.need} MB needed for ${sum.holds.join(', ')}.`,
      )
  }
  return `Linux x64, Node ${process.versions.node} to begin with, enough disk`
}
