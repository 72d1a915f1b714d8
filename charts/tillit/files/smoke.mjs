// `helm test`: the issuer's discovery document and keys, read through the Service. Ends with 0, or 1 and a reason.
const { TOKEN_ORIGIN, ISSUER } = process.env
const DEADLINE = Date.now() + Number(process.env.SMOKE_SECONDS ?? 60) * 1_000

async function read(path) {
  const response = await fetch(new URL(path, TOKEN_ORIGIN), { signal: AbortSignal.timeout(5_000) })
  if (!response.ok) throw new Error(`${path} answered ${response.status}`)
  return response.json()
}

function check(condition, complaint) {
  if (!condition) throw new Error(complaint)
}

async function smoke() {
  const discovery = await read('/.well-known/openid-configuration')
  check(discovery.issuer === ISSUER, `discovery names the issuer ${discovery.issuer}, not ${ISSUER}`)
  check(discovery.token_endpoint?.startsWith(`${ISSUER}/`), 'discovery names no token endpoint of this issuer')
  check(discovery.jwks_uri?.startsWith(`${ISSUER}/`), 'discovery names no JWKS of this issuer')
  const { keys } = await read(discovery.jwks_uri.slice(ISSUER.length))
  check(Array.isArray(keys) && keys.length > 0, 'the JWKS has no key')
  check(
    keys.every((key) => key.kid && !('d' in key)),
    'the JWKS has a key without kid, or a private one',
  )
  console.log(`discovery and ${keys.length} keys of ${ISSUER} are in order`)
}

for (;;) {
  try {
    await smoke()
    break
  } catch (error) {
    if (Date.now() >= DEADLINE) {
      console.error(error.message)
      process.exit(1)
    }
    await new Promise((resolve) => setTimeout(resolve, 2_000))
  }
}
