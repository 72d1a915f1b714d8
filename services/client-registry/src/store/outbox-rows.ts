import { subjectOf, type Entity } from '../domain/model.js'
import type { OutboxKind, OutboxRow } from '../domain/outbox.js'
import type { Action, Change } from '../domain/ports.js'
import type { Prisma } from './generated/client.js'
import type { OutboxModel } from './generated/models.js'

export interface OutboxTime {
  readonly actor: string
  /** Epoch milliseconds. */
  readonly createdAt: number
  readonly eventId: string
}

const stamped = ({ actor, createdAt, eventId }: OutboxTime) => ({ actor, createdAt: new Date(createdAt), eventId })

export function outboxRow(change: Change, revision: bigint, time: OutboxTime): Prisma.OutboxCreateManyInput {
  const { entity, action, reason } = change
  return {
    revision,
    ...stamped(time),
    kind: entity.kind,
    subject: subjectOf(entity),
    action,
    reason: reason ?? null,
    ...aboutOf(entity),
    value: { ...entity.value } as Prisma.InputJsonObject,
  }
}

/** Which organisation and client a change is about, for those who search the audit log. */
function aboutOf(entity: Entity): { organisation?: string; clientId?: string } {
  switch (entity.kind) {
    case 'organisation':
      return { organisation: entity.value.orgnr }
    case 'api':
      return { organisation: entity.value.owner }
    case 'client':
      return { organisation: entity.value.organisation, clientId: entity.value.clientId }
    case 'delegation':
      return { organisation: entity.value.delegator }
  }
}

export const outboxRowOf = (row: OutboxModel): OutboxRow => ({
  revision: Number(row.revision),
  createdAt: row.createdAt.getTime(),
  eventId: row.eventId,
  kind: row.kind as OutboxKind,
  subject: row.subject,
  action: row.action as Action,
  actor: row.actor,
  ...(row.organisation === null ? {} : { organisation: row.organisation }),
  ...(row.clientId === null ? {} : { clientId: row.clientId }),
  value: row.value,
})
