/** Whole numbers from `from` to `to`, both inside. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** What of `range` no island covers, in order. Islands may overlap, come unsorted and stick out. */
export function missingIn(range: Range, islands: readonly Range[]): Range[] {
  const missing: Range[] = []
  let next = range.from
  for (const island of [...islands].sort((a, b) => a.from - b.from)) {
    if (island.from > range.to) break
    if (island.from > next) missing.push({ from: next, to: island.from - 1 })
    next = Math.max(next, island.to + 1)
  }
  if (next <= range.to) missing.push({ from: next, to: range.to })
  return missing
}
