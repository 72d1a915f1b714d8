import { CLIENT_AMR, CLIENT_NAME, CLIENT_TENANCY } from '@tillit/oauth'
import type { ClientFacts } from './ports.js'

/** The claims that state something about the client itself (helseid.md section 6), and what they must say. */
export const CLIENT_FACTS: Readonly<Record<string, (client: ClientFacts) => string>> = {
  [CLIENT_NAME]: (client) => client.clientName,
  [CLIENT_TENANCY]: (client) => client.tenancy,
  // The name of the same fact in HelseID's metadata; an API may ask for either.
  'helseid://claims/client/client_tenancy': (client) => client.tenancy,
  [CLIENT_AMR]: () => 'private_key_jwt',
  client_amr: () => 'private_key_jwt',
}
