import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { format } from 'prettier'
import { stringify } from 'yaml'
import { generatedFiles } from './generated-files.js'
import { exampleNames, openCharts } from './helm.js'
import type { Charts, Manifest } from './helm.js'
import { securityProblems } from './manifests/pod-security.js'
import { unknownMembers } from './manifests/unknown-members.js'
import { problemsOf } from './manifests/validate.js'
import { golden, repository } from './paths.js'

/** The example whose whole rendering is committed; the others are held by the tests. */
const GOLDEN_EXAMPLE = 'production-like'

/** `make charts`: everything about the charts that can be told without a cluster. Resolves to the complaints. */
export async function checkCharts(say: (line: string) => void): Promise<string[]> {
  const charts = await openCharts()
  try {
    const complaints = await outdatedFiles(charts)
    say(`generated files: ${complaints.length === 0 ? 'as committed' : 'outdated'}`)
    await charts.helm('lint', 'tillit-lib', '--strict')
    for (const example of await exampleNames()) complaints.push(...(await checkExample(charts, example, say)))
    return complaints
  } finally {
    await charts.remove()
  }
}

async function checkExample(charts: Charts, example: string, say: (line: string) => void): Promise<string[]> {
  await charts.helm('lint', 'tillit', '--strict', '-f', `tillit/examples/${example}.yaml`)
  const manifests = await charts.template(example)
  const complaints = [
    ...(await Promise.all(manifests.map(problemsOf))).flat(),
    ...(await unknownMembers(manifests)),
    ...manifests.flatMap(securityProblems),
  ]
  say(`${example}: lint, ${manifests.length} manifests rendered, ${complaints.length} complaints`)
  return complaints.map((complaint) => `${example}: ${complaint}`)
}

/** Writes the generated files and the golden rendering; `make gen`. Resolves to their names. */
export async function generate(): Promise<string[]> {
  const files = await generatedFiles()
  await Promise.all(files.map(({ file, text }) => writeFile(file, text)))
  const charts = await openCharts()
  try {
    const rendering = await goldenRendering(charts)
    await writeFile(rendering.file, rendering.text)
    return [...files, rendering].map(({ file }) => path.relative(repository, file))
  } finally {
    await charts.remove()
  }
}

async function outdatedFiles(charts: Charts): Promise<string[]> {
  const wanted = [...(await generatedFiles()), await goldenRendering(charts)]
  const checked = await Promise.all(
    wanted.map(async ({ file, text }) => {
      const committed = await readFile(file, 'utf8').catch(() => '')
      return committed === text ? [] : [`${path.relative(repository, file)} is outdated: run make gen and commit it`]
    }),
  )
  return checked.flat()
}

async function goldenRendering(charts: Charts): Promise<{ file: string; text: string }> {
  const sorted = (await charts.template(GOLDEN_EXAMPLE)).sort((one, other) => (key(one) < key(other) ? -1 : 1))
  const yaml = sorted.map((manifest) => stringify(manifest, { lineWidth: 0 })).join('---\n')
  const text = await format(yaml, { parser: 'yaml', singleQuote: true, printWidth: 120 })
  return { file: path.join(golden, `${GOLDEN_EXAMPLE}.yaml`), text }
}

const key = (manifest: Manifest): string => `${manifest.kind}/${manifest.metadata.name}`
