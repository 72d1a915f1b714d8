import { homedir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository, seen from src/ and from dist/ alike. */
export const repository = fileURLToPath(new URL('../../..', import.meta.url))
export const charts = path.join(repository, 'charts')
export const examples = path.join(charts, 'tillit', 'examples')
export const golden = path.join(repository, 'deploy', 'charts', 'golden')

/** What is made once and kept outside of the repository. */
export const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'tillit')
