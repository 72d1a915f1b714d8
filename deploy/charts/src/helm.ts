import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseAllDocuments, stringify } from 'yaml'
import { helmBinary } from './helm-binary.js'
import { charts, examples } from './paths.js'

export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly labels?: Record<string, string>
    readonly annotations?: Record<string, string>
  }
  readonly [member: string]: unknown
}

/** The charts in a folder of their own, with the library built in, so that the working tree stays as it is. */
export interface Charts {
  readonly folder: string
  /** Runs helm there; rejects with what it printed when it fails. */
  helm(...args: string[]): Promise<string>
  /** `helm template` of the umbrella chart with an example's values and others laid over. */
  template(example: string, over?: object): Promise<Manifest[]>
  remove(): Promise<void>
}

export async function openCharts(): Promise<Charts> {
  const binary = await helmBinary()
  const folder = await mkdtemp(path.join(tmpdir(), 'tillit-charts-'))
  await cp(charts, folder, { recursive: true, filter: (file) => !file.endsWith('.tgz') })
  // Helm's own files go there too: a user's helm configuration must not change what a chart renders.
  const own = path.join(folder, '.helm')
  await mkdir(own)
  const env = { PATH: process.env['PATH'], HELM_CACHE_HOME: own, HELM_CONFIG_HOME: own, HELM_DATA_HOME: own }
  const helm = (...args: string[]): Promise<string> => runHelm(binary, args, { cwd: folder, env })
  await helm('dependency', 'build', 'tillit', '--skip-refresh')
  return {
    folder,
    helm,
    template: (example, over = {}) => template({ folder, helm }, example, over),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The names of the example values files, without `.yaml`. */
export async function exampleNames(): Promise<string[]> {
  return (await readdir(examples)).map((file) => path.basename(file, '.yaml')).sort()
}

let overlays = 0

async function template(at: Pick<Charts, 'folder' | 'helm'>, example: string, over: object): Promise<Manifest[]> {
  const overlay = path.join(at.folder, `overlay-${overlays++}.yaml`)
  await writeFile(overlay, stringify(over, { version: '1.1' }))
  const values = path.join(at.folder, 'tillit', 'examples', `${example}.yaml`)
  return parseManifests(await at.helm('template', 'demo', 'tillit', '-n', 'tillit', '-f', values, '-f', overlay))
}

/** Helm writes YAML 1.1; an empty document, such as a template that is switched off, is left out. */
export function parseManifests(text: string): Manifest[] {
  const documents = parseAllDocuments(text, { version: '1.1' })
  const values: unknown[] = ('length' in documents ? [...documents] : []).map((document): unknown => {
    if (document.errors[0]) throw document.errors[0]
    return document.toJS()
  })
  return values.filter((value): value is Manifest => value !== null)
}

function runHelm(binary: string, args: string[], options: { cwd: string; env: NodeJS.ProcessEnv }): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(binary, args, { ...options, maxBuffer: 64 * 1024 ** 2 }, (error, stdout, stderr) => {
      if (error) reject(new Error(`helm ${args[0] ?? ''} failed: ${stderr}${stdout}`))
      else resolve(stdout)
    })
  })
}
