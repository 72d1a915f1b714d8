import pg from 'pg'

const TEXT = 25
const TEXT_ARRAY = 1009

// PostgreSQL's catalogue answers in types that @prisma/adapter-pg refuses to read. The engine wants them as text.
const CHAR = 18
const AS_TEXT = new Set([CHAR, 22, 24, 27, 28, 29, 30, 194, 2202, 2205, 2206, 2278, 3220, 4089, 4096])
const AS_TEXT_ARRAY = new Set([1002, 1003])
const parseTextArray = pg.types.getTypeParser(TEXT_ARRAY)

// Which columns of a result are single characters: adapter-pg has no OID for them, so the adapter is told afterwards.
const characterColumns = new WeakMap()

/** @returns {number[]} the indexes of the columns of PostgreSQL's type "char" in these rows of a relabelled result */
export const characterColumnsOf = (rows) => characterColumns.get(rows) ?? []

/**
 * Relabels the catalogue's own column types in a result, in place.
 * @param {import('pg').QueryArrayResult | undefined} result
 */
export function relabelCatalogueTypes(result) {
  const characters = []
  for (const [index, field] of (result?.fields ?? []).entries()) {
    if (field.dataTypeID === CHAR) characters.push(index)
    if (AS_TEXT.has(field.dataTypeID)) field.dataTypeID = TEXT
    if (!AS_TEXT_ARRAY.has(field.dataTypeID)) continue
    field.dataTypeID = TEXT_ARRAY
    for (const row of result.rows) if (typeof row[index] === 'string') row[index] = parseTextArray(row[index])
  }
  if (characters.length > 0) characterColumns.set(result.rows, characters)
  return result
}

/** A pg client for the schema engine: the same as pg's, with readable catalogue types. Give it to a Pool as `Client`. */
export class CatalogueClient extends pg.Client {
  query(...args) {
    const callback = args.at(-1)
    if (typeof callback === 'function') {
      const relabelled = (error, result) => callback(error, error ? result : relabelCatalogueTypes(result))
      return super.query(...args.slice(0, -1), relabelled)
    }
    const answer = super.query(...args)
    return answer instanceof Promise ? answer.then(relabelCatalogueTypes) : answer
  }
}
