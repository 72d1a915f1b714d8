/**
 * Every identity that may connect to NATS: one nkey user each (security.md, section 8).
 * `deploy` creates streams, buckets and durable consumers, and only during a deployment.
 */
export const services = ['token', 'signing-key', 'client-registry', 'audit'] as const
export type ServiceName = (typeof services)[number]
export type Identity = ServiceName | 'deploy'

/** The private inbox prefix of an identity (J03): nobody else may subscribe below it. */
export const inboxPrefix = (identity: Identity): string => `_INBOX_${identity}`
