import { expect, jest } from '@jest/globals'
import { FakeRegistry } from '../store/registry.fake.js'
import type { Rules } from './environment.js'
import { importDocument, type ImportResult } from './import-document.js'
import { ImportRefused, pointer } from './problems.js'
import { documentOf, freshWorld, localRules, NOW, type Draft } from './sample.fixture.js'

export const production: Rules = { environment: 'production', now: NOW }
export const world = freshWorld()

export class Registry {
  readonly store = new FakeRegistry(() => NOW)
  readonly kick = jest.fn<() => void>()

  load(document: unknown, rules: Rules = localRules): Promise<ImportResult> {
    return importDocument(document, { actor: 'import' }, { store: this.store, relay: this, rules })
  }

  /** Each refusal as `pointer: message`. */
  async refusals(document: unknown, rules: Rules = localRules): Promise<string[]> {
    try {
      await this.load(document, rules)
    } catch (error) {
      if (!(error instanceof ImportRefused)) throw error
      expect(this.store.rows).toHaveLength(0)
      return error.problems.map(({ path, message }) => `${pointer(path)}: ${message}`)
    }
    return []
  }
}

/** A good document, changed in one place. */
export const draft = (change: (document: Draft) => void): Draft => {
  const document = documentOf(world)
  change(document)
  return document
}
export const refusals = (change: (document: Draft) => void, rules?: Rules): Promise<string[]> =>
  new Registry().refusals(draft(change), rules)
