import { BaseConfig, DatabaseConfig, loadConfig } from '@tillit/service-kit'
import Type from 'typebox'
import type { Static } from 'typebox'

export const AuditConfig = Type.Object({
  ...BaseConfig,
  PORT: Type.Integer({ minimum: 1, maximum: 65_535 }),
  ...DatabaseConfig,
  /** Audience of the access tokens for the query API. */
  API_AUDIENCE: Type.String({ minLength: 1, maxLength: 128, default: 'tillit:audit' }),
  /**
   * A hole alarms when its stream has been read for so long past it (reliability.md, section 2). Below 30 s, the time after
   * which the broker sends unacknowledged messages again, a killed replica raises alarms that end by themselves.
   */
  GAP_AFTER_MS: Type.Integer({ minimum: 1_000, maximum: 600_000, default: 60_000 }),
  /** An epoch without a heartbeat for so long is closed as a possibly lost tail. */
  EPOCH_SILENT_AFTER_MS: Type.Integer({ minimum: 10_000, maximum: 600_000, default: 60_000 }),
  /** Messages in a batch, which is one transaction. */
  DRAIN_BATCH: Type.Integer({ minimum: 1, maximum: 1_000, default: 256 }),
  /** Days that events are kept: five years unless the controller decides otherwise; the database refuses less than three. */
  EVENT_RETENTION_DAYS: Type.Integer({ minimum: 1_096, maximum: 36_500, default: 1_826 }),
  SPEND_RETENTION_DAYS: Type.Integer({ minimum: 7, maximum: 3_650, default: 31 }),
  /** Reads of one client at the query API. */
  CLIENT_RATE_PER_SECOND: Type.Integer({ minimum: 1, maximum: 10_000, default: 20 }),
  CLIENT_RATE_BURST: Type.Integer({ minimum: 1, maximum: 10_000, default: 100 }),
})
export type AuditConfig = Static<typeof AuditConfig>

export const auditConfig = (): AuditConfig => loadConfig(AuditConfig)
