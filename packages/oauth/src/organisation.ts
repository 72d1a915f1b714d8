import { OAuthError } from './oauth-error.js'

/** HelseID's organisation codes (helseid.md section 4.5). */
export const HID = {
  parentNotAllowed: 'HID-1001',
  childNotAllowed: 'HID-1002',
  childNotOfParent: 'HID-1003',
  notNineDigits: 'HID-1004',
  parentNotEnabled: 'HID-1005',
  childNotEnabled: 'HID-1006',
  malformed: 'HID-1007',
  sharedSecret: 'HID-1008',
  noOrganisationClaims: 'HID-1010',
} as const

export type HidCode = (typeof HID)[keyof typeof HID]

/** `invalid_authorization_details` with the code first in the description, where clients look for it. */
export function organisationError(code: HidCode, text: string): OAuthError {
  return new OAuthError('invalid_authorization_details', `${code}: ${text}`)
}

const NINE_DIGITS = /^[0-9]{9}$/
const ORGANISATION_WEIGHTS = [3, 2, 7, 6, 5, 4, 3, 2]

/** Exactly nine ASCII digits (F06). */
export function isOrganisationNumber(value: unknown): value is string {
  return typeof value === 'string' && value.length === 9 && NINE_DIGITS.test(value)
}

/** The mod-11 check digit of the organisation register. Demanded in production only: test numbers fail it. */
export function hasValidCheckDigit(organisationNumber: string): boolean {
  if (!isOrganisationNumber(organisationNumber)) return false
  return mod11(organisationNumber, ORGANISATION_WEIGHTS) === digit(organisationNumber, 8)
}

const ELEVEN_DIGITS = /^[0-9]{11}$/
const SYNTHETIC_MONTH_OFFSET = 80

/** Eleven ASCII digits: a national identity number or a D-number. Its check digits are the register's business. */
export function isPersonalNumber(value: unknown): value is string {
  return typeof value === 'string' && value.length === 11 && ELEVEN_DIGITS.test(value)
}

/** Whether the month is 81 to 92: a synthetic person, the only kind a test environment accepts. */
export function isSyntheticPersonalNumber(value: unknown): boolean {
  if (!isPersonalNumber(value)) return false
  const month = Number(value.slice(2, 4)) - SYNTHETIC_MONTH_OFFSET
  return month >= 1 && month <= 12
}

/** The check digit, or -1 where no digit fits. */
function mod11(digits: string, weights: readonly number[]): number {
  const sum = weights.reduce((total, weight, i) => total + weight * digit(digits, i), 0)
  const check = (11 - (sum % 11)) % 11
  return check === 10 ? -1 : check
}

function digit(digits: string, i: number): number {
  return digits.charCodeAt(i) - 0x30
}
