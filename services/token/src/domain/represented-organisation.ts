import { hasValidCheckDigit, HID, organisationError, type RequestedOrganisation } from '@tillit/oauth'
import { belongsTo } from './authenticate-client.js'
import type { Client, Environment, Organisation } from './model.js'
import type { Registry } from './ports.js'

export interface OrganisationQuestion {
  readonly client: Client
  /** The active organisation that owns the client. */
  readonly owner: Organisation
  readonly requested: RequestedOrganisation | undefined
  readonly environment: Environment
}

/** For whom the client acts. */
export interface Represented {
  readonly parent: Organisation
  readonly child: string | undefined
  /** A multi-tenant client's owner. */
  readonly supplier: string | undefined
  /** Registry revisions of what was read beyond the client and its owner, for the record. */
  readonly revisions: Readonly<Record<string, number>>
  readonly usedLegacyOid: boolean
}

/**
 * The rules of helseid.md section 5.1, by tenancy. Throws `invalid_authorization_details` with a HID code first, or
 * `unauthorized_client` where the owner is no member or approved supplier. undefined: the client represents nobody.
 */
export async function representedOrganisation(
  question: OrganisationQuestion,
  registry: Registry,
): Promise<Represented | undefined> {
  switch (question.client.tenancy) {
    case 'none':
      if (question.requested === undefined) return undefined
      throw organisationError(HID.noOrganisationClaims, 'this client is not configured to name organisations')
    case 'single-tenant':
      return singleTenant(question, registry)
    case 'multi-tenant':
      return multiTenant(question, registry)
  }
}

async function singleTenant(question: OrganisationQuestion, registry: Registry): Promise<Represented> {
  const { client, owner, requested } = question
  if (requested?.kind === 'multi') checkOwnParent(requested.parent, client)
  const represented = {
    parent: owner,
    child: undefined,
    supplier: undefined,
    revisions: {},
    usedLegacyOid: requested?.legacyOid ?? false,
  }
  const child = requested?.child
  if (child === undefined) return represented
  checkChildAllowed(child, question)
  if (!client.childOrganizationNumbers.includes(child)) {
    throw organisationError(HID.childNotAllowed, `${child} is not a child organisation of this client's configuration`)
  }
  return { ...represented, child, revisions: await checkSubUnit(child, { ...question, parent: owner }, registry) }
}

/** F04: the parent of a single-tenant client comes from its configuration; naming it is a privilege, another one never. */
function checkOwnParent(parent: string, client: Client): void {
  checkMayNameParent(client)
  if (parent !== client.organisation) {
    throw organisationError(HID.parentNotAllowed, `${parent} is not the organisation of this single-tenant client`)
  }
}

function checkMayNameParent({ flags }: Client): void {
  if (flags.passParentOrganisation) return
  throw organisationError(HID.parentNotEnabled, 'this client lacks the flag passParentOrganisation')
}

async function multiTenant(question: OrganisationQuestion, registry: Registry): Promise<Represented> {
  const { owner, requested } = question
  const supplier = owner.orgnr
  // Calls for the supplier itself, such as a key rotation, name nobody (T5): it represents itself, by no delegation.
  if (requested === undefined) {
    return { parent: owner, child: undefined, supplier, revisions: {}, usedLegacyOid: false }
  }
  if (requested.kind !== 'multi') {
    throw organisationError(HID.malformed, 'a multi-tenant client names the parent: NO:ORGNR:parent:child')
  }
  checkMayNameParent(question.client)
  const { parent: parentNumber, child } = requested
  checkNumber(parentNumber, question.environment)
  const delegation = await registry.delegation(supplier, parentNumber)
  // The same words for "no such organisation" and "no delegation": a supplier learns nothing about strangers (F01).
  if (delegation?.status !== 'active') {
    throw organisationError(HID.parentNotAllowed, `${parentNumber} has no active delegation to this supplier`)
  }
  const parent = await activeParent(parentNumber, question.environment, registry)
  const revisions = {
    [`delegation.${supplier}.${parentNumber}`]: delegation.revision,
    [`org.${parentNumber}`]: parent.revision,
  }
  const represented = { parent, child, supplier, usedLegacyOid: false }
  if (child === undefined) return { ...represented, revisions }
  checkChildAllowed(child, question)
  const childRevisions = await checkSubUnit(child, { ...question, parent }, registry)
  return { ...represented, revisions: { ...revisions, ...childRevisions } }
}

async function activeParent(orgnr: string, environment: Environment, registry: Registry): Promise<Organisation> {
  const parent = await registry.organisation(orgnr)
  if (parent?.status !== 'active' || parent.parent !== undefined) {
    throw organisationError(HID.parentNotAllowed, `${orgnr} is not an active main unit here`)
  }
  if (!belongsTo(parent, environment)) {
    throw organisationError(HID.notNineDigits, `${orgnr} belongs to another environment than this issuer`)
  }
  if (!parent.member) throw organisationError(HID.parentNotAllowed, `${orgnr} is not a member`)
  return parent
}

function checkChildAllowed(child: string, { client, environment }: OrganisationQuestion): void {
  if (!client.flags.passChildOrganisation) {
    throw organisationError(HID.childNotEnabled, 'this client lacks the flag passChildOrganisation')
  }
  checkNumber(child, environment)
}

/** Test organisations of the samples fail mod 11, so it counts in production only. */
function checkNumber(orgnr: string, environment: Environment): void {
  if (environment === 'production' && !hasValidCheckDigit(orgnr)) {
    throw organisationError(HID.notNineDigits, `${orgnr} has a wrong check digit`)
  }
}

/** F03: HelseID leaves the child of a multi-tenant client unchecked; here it is a known, active sub-unit of the parent. */
async function checkSubUnit(
  child: string,
  { parent, environment }: OrganisationQuestion & { readonly parent: Organisation },
  registry: Registry,
): Promise<Readonly<Record<string, number>>> {
  if (!parent.subUnits.includes(child)) {
    throw organisationError(HID.childNotOfParent, `${child} is not a sub-unit of ${parent.orgnr}`)
  }
  const unit = await registry.organisation(child)
  if (unit?.status !== 'active') throw organisationError(HID.childNotAllowed, `${child} is deactivated`)
  if (!belongsTo(unit, environment)) {
    throw organisationError(HID.notNineDigits, `${child} belongs to another environment than this issuer`)
  }
  return { [`org.${child}`]: unit.revision }
}
