import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TObject } from 'typebox'
import { repository } from '../paths.js'
import type { ServiceConfig } from './service-config.js'

const SERVICES = [
  { service: 'token', section: 'token' },
  { service: 'signing-key', section: 'signingKey' },
  { service: 'client-registry', section: 'clientRegistry' },
  { service: 'audit', section: 'audit' },
] as const
const COMMON_SOURCE = 'packages/service-kit/src/config.ts'

/** Reads the built configuration schemas of the services. Throws when one is not built. */
export async function loadServices(root: string = repository): Promise<ServiceConfig[]> {
  const common = await meaningsIn(path.join(root, COMMON_SOURCE))
  return Promise.all(
    SERVICES.map(async ({ service, section }) => {
      const folder = path.join(root, 'services', service)
      const schema = configSchema(await importBuilt(path.join(folder, 'dist', 'config.js')), service)
      const meanings = { ...common, ...(await meaningsIn(path.join(folder, 'src', 'config.ts'))) }
      return {
        service,
        section,
        properties: schema.properties,
        required: schema.required,
        meanings,
      }
    }),
  )
}

async function importBuilt(file: string): Promise<object> {
  try {
    return (await import(pathToFileURL(file).href)) as object
  } catch (cause) {
    throw new Error(`cannot load ${path.relative(repository, file)}: build the services first (pnpm build)`, { cause })
  }
}

/** The one exported schema that has the variables of every service. */
function configSchema(module: object, service: string): TObject {
  const found = Object.values(module).find((value): value is TObject => {
    const properties = (value as Partial<TObject> | undefined)?.properties
    return properties !== undefined && 'TILLIT_ENVIRONMENT' in properties
  })
  if (!found) throw new Error(`services/${service}/src/config.ts exports no schema with TILLIT_ENVIRONMENT`)
  return found
}

/** The doc comment before each variable in a source, by variable: it documents the chart too. */
async function meaningsIn(file: string): Promise<Record<string, string>> {
  const source = await readFile(file, 'utf8')
  const found = source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*?)\*\/\s*([A-Z][A-Z0-9_]+):/g)
  return Object.fromEntries([...found].map(([, comment = '', name = '']) => [name, oneLine(comment)]))
}

const oneLine = (comment: string): string => comment.replaceAll(/\s*\n\s*\*?\s*/g, ' ').trim()
