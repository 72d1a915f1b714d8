import { BaseConfig, DatabaseConfig, loadConfig } from '@tillit/service-kit'
import Type from 'typebox'
import type { Static } from 'typebox'

export const ClientRegistryConfig = Type.Object({
  ...BaseConfig,
  PORT: Type.Integer({ minimum: 1, maximum: 65_535 }),
  ...DatabaseConfig,
  /** Audience of the access tokens for the admin API. */
  API_AUDIENCE: Type.String({ minLength: 1, maxLength: 128, default: 'tillit:registry' }),
})
export type ClientRegistryConfig = Static<typeof ClientRegistryConfig>

/** The import command needs the database and the environment's rules, nothing of NATS: a running registry publishes. */
export const ImportConfig = Type.Object({
  TILLIT_ENVIRONMENT: BaseConfig.TILLIT_ENVIRONMENT,
  LOG_LEVEL: BaseConfig.LOG_LEVEL,
  ...DatabaseConfig,
})
export type ImportConfig = Static<typeof ImportConfig>

export const clientRegistryConfig = (): ClientRegistryConfig => loadConfig(ClientRegistryConfig)
export const importConfig = (): ImportConfig => loadConfig(ImportConfig)
