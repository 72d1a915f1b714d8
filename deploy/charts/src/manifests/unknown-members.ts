import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Manifest } from '../helm.js'
import { repository } from '../paths.js'
import { kindOf, kinds } from './kinds.js'

const COMPILER = path.join(repository, 'node_modules', '@typescript', 'native', 'bin', 'tsc')
const MODULES = path.join(repository, 'deploy', 'charts', 'node_modules')

/**
 * Members that Kubernetes does not know, such as a misspelt field, which its schemas let pass: every manifest becomes an
 * object literal of its kind's TypeScript type, and the compiler refuses excess members. Returns the compiler's lines.
 */
export async function unknownMembers(manifests: readonly Manifest[]): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'tillit-members-'))
  try {
    await symlink(MODULES, path.join(folder, 'node_modules'))
    await writeFile(path.join(folder, 'package.json'), '{"type":"module"}')
    await writeFile(path.join(folder, 'manifests.ts'), sourceOf(manifests))
    await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify(COMPILER_OPTIONS))
    return await compile(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

const COMPILER_OPTIONS = {
  compilerOptions: { module: 'nodenext', strict: true, noEmit: true, skipLibCheck: true, types: [] },
  files: ['manifests.ts'],
}

function sourceOf(manifests: readonly Manifest[]): string {
  const used = manifests.filter((manifest) => kindOf(manifest) in kinds)
  const imported = [...new Set(used.map(kindOf))].map((kind) => {
    const known = kinds[kind]
    return `import type { I${known?.name} } from '${known?.module}'`
  })
  const constants = used.map(
    (manifest, index) =>
      `export const m${index}_${nameOf(manifest)}: I${kinds[kindOf(manifest)]?.name} = ${JSON.stringify(manifest, null, 1)}`,
  )
  return [...imported, ...constants, ''].join('\n')
}

const nameOf = (manifest: Manifest): string => manifest.metadata.name.replaceAll(/[^a-zA-Z0-9]/g, '_')

function compile(folder: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [COMPILER, '-p', folder, '--pretty', 'false'], (error, stdout) => {
      const complaints = stdout.split('\n').filter((line) => line.includes('error TS'))
      if (error && complaints.length === 0) reject(new Error(`the compiler failed: ${stdout}`, { cause: error }))
      else resolve(complaints)
    })
  })
}
