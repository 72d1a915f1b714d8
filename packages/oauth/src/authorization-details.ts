import { isJsonObject, type JsonObject } from './json.js'
import { HID, isOrganisationNumber, organisationError } from './organisation.js'

/** helseid.md section 5.1. */
export const SINGLE_TENANT_OID = 'urn:oid:2.16.578.1.12.4.1.4.101'
/** The same with a documentation mistake that some clients copied; only under a per-client flag. */
export const LEGACY_SINGLE_TENANT_OID = 'urn:oid:2.16.578.1.12.4.1.2.101'
export const MULTI_TENANT_OID = 'urn:oid:1.0.6523'

/** A single-tenant client names a child only; a multi-tenant one a parent and perhaps a child. */
export type RequestedOrganisation =
  | { readonly kind: 'single'; readonly child: string; readonly legacyOid: boolean }
  | { readonly kind: 'multi'; readonly parent: string; readonly child: string | undefined; readonly legacyOid: false }

export interface AssertionDetails {
  readonly organisation: RequestedOrganisation | undefined
  /** helseid.md section 5.2: a GUID as sent. */
  readonly sfmJournalId: string | undefined
}

export interface DetailsOptions {
  /** The client's flag for the legacy OID. */
  readonly allowLegacyOid: boolean
}

const NO_DETAILS: AssertionDetails = { organisation: undefined, sfmJournalId: undefined }
const MAX_DETAILS = 10
const GUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * The structures in a client assertion (helseid.md sections 2 and 5). Throws `invalid_authorization_details`: HID-1007 for an
 * unknown type or a malformed structure, HID-1004 for a number that is not nine digits. Unknown members are ignored.
 */
export function parseAssertionDetails(
  details: readonly unknown[] | undefined,
  options: DetailsOptions,
): AssertionDetails {
  if (details === undefined) return NO_DETAILS
  if (details.length > MAX_DETAILS) throw malformed(`more than ${MAX_DETAILS} structures`)
  let { organisation, sfmJournalId } = NO_DETAILS
  for (const detail of details) {
    const type = isJsonObject(detail) ? detail['type'] : undefined
    if (type === 'helseid_authorization' && organisation === undefined) {
      organisation = readOrganisation(detail as JsonObject, options)
    } else if (type === 'nhn:sfm:journal-id' && sfmJournalId === undefined) {
      sfmJournalId = readJournalId(detail as JsonObject)
    } else {
      throw malformed(
        'each structure has a type, helseid_authorization or nhn:sfm:journal-id, and each type occurs once',
      )
    }
  }
  return { organisation, sfmJournalId }
}

function readOrganisation(detail: JsonObject, options: DetailsOptions): RequestedOrganisation {
  const identifier = member(member(member(detail, 'practitioner_role'), 'organization'), 'identifier')
  const { system, type, value } = identifier
  if (type !== 'ENH') throw malformed('practitioner_role.organization.identifier.type must be ENH')
  if (typeof value !== 'string') throw malformed('practitioner_role.organization.identifier.value must be a string')
  if (system === MULTI_TENANT_OID) return readMultiTenant(value)
  if (system === SINGLE_TENANT_OID) return { kind: 'single', child: nineDigits(value), legacyOid: false }
  if (system === LEGACY_SINGLE_TENANT_OID && options.allowLegacyOid) {
    return { kind: 'single', child: nineDigits(value), legacyOid: true }
  }
  throw malformed(
    `identifier.system must be ${SINGLE_TENANT_OID} (single-tenant) or ${MULTI_TENANT_OID} (multi-tenant)`,
  )
}

/** `NO:ORGNR:parent`, `NO:ORGNR:parent:` and `NO:ORGNR:parent:child`: clients send all three. */
function readMultiTenant(value: string): RequestedOrganisation {
  const [country, register, parent, child, ...rest] = value.length > 64 ? [] : value.split(':')
  if (country !== 'NO' || register !== 'ORGNR' || parent === undefined || rest.length > 0) {
    throw malformed('identifier.value must be NO:ORGNR:parent or NO:ORGNR:parent:child')
  }
  return {
    kind: 'multi',
    parent: nineDigits(parent),
    child: child === undefined || child === '' ? undefined : nineDigits(child),
    legacyOid: false,
  }
}

function readJournalId(detail: JsonObject): string {
  const id = member(detail, 'value')['journal_id']
  if (typeof id !== 'string' || id.length !== 36 || !GUID.test(id)) throw malformed('value.journal_id must be a GUID')
  return id
}

function member(parent: JsonObject, name: string): JsonObject {
  const value = parent[name]
  if (!isJsonObject(value)) throw malformed(`${name} must be an object`)
  return value
}

function nineDigits(value: string): string {
  if (!isOrganisationNumber(value)) throw organisationError(HID.notNineDigits, 'an organisation number has nine digits')
  return value
}

function malformed(problem: string): Error {
  return organisationError(HID.malformed, `malformed assertion_details: ${problem}`)
}
