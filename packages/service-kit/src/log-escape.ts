/**
 * I07: JSON already escapes C0 controls and line breaks. What it lets through can still move a terminal's cursor or turn the
 * reading direction: DEL and C1 controls, bidi marks, line and paragraph separators, byte order marks.
 */
const DANGEROUS = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

/** Writes every dangerous character of a finished JSON line as `\uXXXX`: the line stays valid JSON with the same value. */
export const escapeLine = (line: string): string =>
  line.replace(DANGEROUS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
