import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { format } from 'prettier'
import { charts } from './paths.js'
import { loadServices } from './values/load-services.js'
import { withDocumentation } from './values/documentation.js'
import { valuesSchema } from './values/values-schema.js'

export interface GeneratedFile {
  readonly file: string
  readonly text: string
}

/** The committed files that come from the services' schemas and from values.yaml: the chart's schema and its documentation. */
export async function generatedFiles(): Promise<GeneratedFile[]> {
  const services = await loadServices()
  const chart = path.join(charts, 'tillit')
  const readme = await readFile(path.join(chart, 'README.md'), 'utf8')
  const valuesYaml = await readFile(path.join(chart, 'values.yaml'), 'utf8')
  const schema = JSON.stringify(valuesSchema(services))
  const documentation = withDocumentation(readme, valuesYaml, services)
  return [
    { file: path.join(chart, 'values.schema.json'), text: await format(schema, { parser: 'json', printWidth: 120 }) },
    { file: path.join(chart, 'README.md'), text: await format(documentation, { parser: 'markdown', printWidth: 120 }) },
  ]
}
