import type { RouteAccess } from '@tillit/service-kit'

const LIMIT = '50/s per client and instance, burst 100'

export const mayRead: RouteAccess = {
  caller: { scope: 'tillit:registry/read' },
  limit: LIMIT,
  audit: 'none: configuration without personal data',
}
export const mayWrite: RouteAccess = {
  caller: { scope: 'tillit:registry/write' },
  limit: LIMIT,
  audit: 'no.tillit.registry.changed.v1, one for each change',
}
