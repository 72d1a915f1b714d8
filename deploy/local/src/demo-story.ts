import { decodeJwt, keyFromJwk, MachineClient } from '@tillit/testkit'
import type { Answer } from '@tillit/testkit'
import type { Constellation } from './constellation.js'
import { freePort, LOOPBACK } from './ports.js'
import { SAMPLE_SCOPE } from './sample-api.js'
import { chapter, detail, dim, good, prettyJson, since, strong } from './terminal.js'
import { childOfSampleApi } from './sample-api-process.js'

const AUDIENCE = 'granfjelldal:journal'

/**
 * The main job, played by real parties: an EHR gets a token for a municipality's journal API, the API checks it, a replay
 * is refused, and the record that was made before the signature is read back.
 * @throws Error as soon as one answer is not what it must be
 */
export async function playStory(constellation: Constellation, started: number): Promise<void> {
  const ehr = machineClient(constellation, 'ehr-granfjelldal')
  const operator = machineClient(constellation, 'tillit-operator')
  try {
    await readDiscovery(ehr)
    const assertion = await beChallenged(ehr)
    const token = await getToken(ehr, assertion, started)
    await callTheApi(constellation, ehr, token)
    await sendAgain(ehr, assertion)
    await readBack(operator, token)
  } finally {
    await Promise.all([ehr.close(), operator.close()])
  }
}

export function machineClient(
  { issuer, ca, clients }: Pick<Constellation, 'issuer' | 'ca' | 'clients'>,
  clientId: string,
): MachineClient {
  const client = clients.find((one) => one.clientId === clientId)
  if (client === undefined)
    throw new Error(`no seeded client ${clientId}; there are ${clients.map((one) => one.clientId).join(', ')}`)
  return new MachineClient({ issuer, ca, clientId, key: keyFromJwk({ ...client.privateJwk }, client.alg) })
}

function must(answer: Answer, status: number, error?: string): Answer {
  if (answer.status === status && (error === undefined || answer.body['error'] === error)) return answer
  throw new Error(`expected ${status} ${error ?? ''}, but got ${answer.status} ${answer.text}`)
}

async function readDiscovery(ehr: MachineClient): Promise<void> {
  chapter(1, 'The EHR reads where to go')
  const begun = performance.now()
  const { body } = must(await ehr.send('/.well-known/openid-configuration'), 200)
  if (body['issuer'] !== ehr.options.issuer)
    throw new Error(`discovery names another issuer: ${String(body['issuer'])}`)
  detail(`issuer          ${strong(body['issuer'])}  ${dim(since(begun))}`)
  detail(`token endpoint  ${String(body['token_endpoint'])}`)
}

async function beChallenged(ehr: MachineClient): Promise<string> {
  chapter(2, 'It asks for a token and is challenged: prove with a fresh nonce that the key is yours')
  const assertion = ehr.assertion()
  const begun = performance.now()
  const answer = must(
    await ehr.tokenRequest({ form: { scope: SAMPLE_SCOPE }, rawAssertion: assertion }),
    400,
    'use_dpop_nonce',
  )
  ehr.nonce = String(answer.headers['dpop-nonce'])
  detail(`400 use_dpop_nonce  ${dim(since(begun))}`)
  detail(`DPoP-Nonce: ${ehr.nonce.slice(0, 40)}…`)
  return assertion
}

async function getToken(ehr: MachineClient, assertion: string, started: number): Promise<string> {
  chapter(3, 'It answers, and gets its token: recorded first, then signed')
  const begun = performance.now()
  const answer = must(await ehr.tokenRequest({ form: { scope: SAMPLE_SCOPE }, rawAssertion: assertion }), 200)
  const token = String(answer.body['access_token'])
  const { header, claims } = decodeJwt(token)
  detail(`200 in ${strong(since(begun))}, the first token ${since(started)} after the start`)
  detail(prettyJson(header))
  detail(prettyJson(claims))
  return token
}

async function callTheApi(constellation: Constellation, ehr: MachineClient, token: string): Promise<void> {
  chapter(4, `The API of Granfjelldal kommune checks it, by itself, with the issuer's public keys`)
  const { supervisor, issuer, caFile } = constellation
  const port = await freePort()
  await supervisor.start(childOfSampleApi({ port, issuer, caFile, audience: AUDIENCE }))
  const url = `http://${LOOPBACK}:${port}/journals/13888998001`
  const begun = performance.now()
  const answer = must(await ehr.callApi(url, token), 200)
  detail(`200 in ${since(begun)}  ${dim('signature, issuer, audience, scope, key binding, proof')}`)
  detail(prettyJson(answer.body))
  const stolen = must(
    await ehr.callApi(url, token, { headers: { authorization: `Bearer ${token}` } }),
    401,
    'invalid_token',
  )
  detail(`the same token without its key: ${stolen.status} ${String(stolen.body['error'])}`)
}

async function sendAgain(ehr: MachineClient, assertion: string): Promise<void> {
  chapter(5, 'Somebody sends the same assertion again')
  const begun = performance.now()
  const answer = await ehr.token({ form: { scope: SAMPLE_SCOPE }, rawAssertion: assertion })
  if (answer.status < 400 || answer.status >= 500)
    throw new Error(`a replay was not refused: ${answer.status} ${answer.text}`)
  detail(`${good(`${answer.status} ${String(answer.body['error'])}`)}  ${dim(since(begun))}`)
  detail(String(answer.body['error_description']))
}

const READ_BACK_MS = 15_000

async function readBack(operator: MachineClient, token: string): Promise<void> {
  chapter(6, 'The operator reads back what was recorded before the signature')
  const jti = String(decodeJwt(token).claims['jti'])
  const granted = must(await operator.token({ form: { scope: 'tillit:audit/read' } }), 200)
  const url = `${operator.options.issuer}/audit/v1/events?jti=${encodeURIComponent(jti)}`
  const begun = performance.now()
  for (;;) {
    const answer = must(await operator.callApi(url, String(granted.body['access_token'])), 200)
    const events = answer.body['events'] as { issued?: boolean }[]
    const record = events.find(({ issued }) => issued === true)
    if (record !== undefined) {
      detail(`found after ${since(begun)}  ${dim(`GET /audit/v1/events?jti=${jti}`)}`)
      detail(prettyJson(record))
      return
    }
    if (performance.now() - begun > READ_BACK_MS) throw new Error(`audit has no record of ${jti}: ${answer.text}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
