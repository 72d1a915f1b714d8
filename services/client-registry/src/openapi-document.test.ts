import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { openapiDocument } from './openapi-document.js'

describe('openapi.json', () => {
  it('is what the routes say', async () => {
    const committed = await readFile(path.join(import.meta.dirname, '../openapi.json'), 'utf8')
    expect(JSON.parse(committed)).toEqual(JSON.parse(JSON.stringify(await openapiDocument())))
  })

  it('names a scope, a limit and an audit event for every operation', async () => {
    const { paths } = (await openapiDocument()) as { paths: Record<string, Record<string, Record<string, unknown>>> }
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
    expect(operations).toHaveLength(9)
    for (const operation of operations) {
      expect(operation['security']).toEqual([{ dpop: [expect.stringMatching(/^tillit:registry\/(read|write)$/)] }])
      expect(operation['x-limit']).toBeTruthy()
      expect(operation['x-audit']).toBeTruthy()
    }
  })
})
