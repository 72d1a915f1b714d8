// node deploy/image/stage.mjs <folder>: lays out what the Containerfile copies: rootfs/, services/ and deploy/.
// Run with the pinned Node, after the build. <folder> must be empty or absent.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { rootCertificates } from 'node:tls'
import { installProduction } from './install-production.mjs'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const SERVICES = ['token', 'signing-key', 'client-registry', 'audit']
const OWN_FILES = ['package.json', 'dist']
/** No shell and no `dirname` in the image: the engine that the Prisma CLI starts is a Node program from its first line. */
const SCHEMA_ENGINE = "#!/usr/local/bin/node\nimport './src/engine.mjs'\n"

const [target] = process.argv.slice(2)
if (!target || (existsSync(target) && readdirSync(target).length > 0)) {
  process.stderr.write('usage: node deploy/image/stage.mjs <empty folder>\n')
  process.exit(2)
}

function put(stage, from, names) {
  for (const name of names) {
    const source = path.join(repository, from, name)
    if (!existsSync(source)) throw new Error(`${path.join(from, name)} is missing: build first (pnpm build)`)
    cpSync(source, path.join(stage, from, name), { recursive: true, filter: isShipped })
  }
}

/** Source maps, declarations and tests help nobody at run time. */
const isShipped = (file) =>
  !/(\.d\.ts|\.map|\.test\.m?js|\.tsbuildinfo)$/.test(file) && path.basename(file) !== 'node_modules'

function stageServices(stage) {
  for (const name of ['oauth', 'events', 'service-kit']) put(stage, `packages/${name}`, OWN_FILES)
  for (const name of SERVICES) put(stage, `services/${name}`, OWN_FILES)
  installProduction(repository, stage)
}

/** The Jobs' image: migrations with the Prisma CLI, and NATS provisioning. */
function stageDeploy(stage) {
  put(stage, 'packages/events', OWN_FILES)
  put(stage, 'deploy/nats', OWN_FILES)
  put(stage, 'deploy/prisma', ['package.json', 'migrate.mjs', 'src'])
  put(stage, 'deploy/image', ['migrate.mjs'])
  writeFileSync(path.join(stage, 'deploy/prisma/schema-engine'), SCHEMA_ENGINE, { mode: 0o755 })
  for (const name of SERVICES.filter((service) => existsSync(path.join(repository, 'services', service, 'prisma')))) {
    put(stage, `services/${name}`, ['prisma', 'prisma.config.mjs'])
  }
  installProduction(repository, stage)
}

/** Node, the libraries that it is linked with, certificate authorities, one user without a password or a home. */
function stageRootfs(stage) {
  const file = (name, content, mode = 0o644) => {
    mkdirSync(path.dirname(path.join(stage, name)), { recursive: true })
    writeFileSync(path.join(stage, name), content, { mode })
  }
  const libraries = linkedLibraries(process.execPath)
  for (const library of libraries) file(placeOf(library, libraries), readFileSync(library), 0o755)
  file('usr/local/bin/node', readFileSync(process.execPath), 0o755)
  file('etc/ssl/certs/ca-certificates.crt', `${rootCertificates.join('\n')}\n`)
  file('etc/passwd', 'root:x:0:0::/:/nonexistent\ntillit:x:65532:65532::/:/nonexistent\n')
  file('etc/group', 'root:x:0:\ntillit:x:65532:\n')
  file('etc/nsswitch.conf', 'hosts: files dns\n')
  mkdirSync(path.join(stage, 'tmp'))
  chmodSync(path.join(stage, 'tmp'), 0o1777)
}

/** Absolute paths of what the loader would load, itself included. */
function linkedLibraries(binary) {
  const lines = execFileSync('ldd', [binary], { encoding: 'utf8' }).split('\n')
  const missing = lines.find((line) => line.includes('not found'))
  if (missing) throw new Error(`node lacks a library: ${missing.trim()}`)
  return lines.map((line) => /(\/\S+) \(0x/.exec(line)?.[1]).filter((found) => found !== undefined)
}

/** A library from elsewhere, such as a fetched libatomic, goes beside libc, where the loader looks. */
function placeOf(library, all) {
  if (/^\/(usr\/)?lib/.test(library)) return library
  const libc = all.find((one) => path.basename(one).startsWith('libc.so'))
  return path.join(path.dirname(libc), path.basename(library))
}

stageRootfs(path.join(target, 'rootfs'))
stageServices(path.join(target, 'services'))
stageDeploy(path.join(target, 'deploy'))
