import { describeRun } from './constellation.js'
import type { Constellation } from './constellation.js'
import { runConstellation } from './run-constellation.js'
import { dim, say, strong, title } from './terminal.js'

title('Tillit, running here until Ctrl-C')
await runConstellation({}, async (constellation, interrupted) => {
  const { supervisor } = constellation
  supervisor.onUnexpectedExit = (name, how) => {
    say(`  ! ${name} ended (${how}); it is started again`)
    setTimeout(() => void supervisor.startAgain(name).catch((error: unknown) => say(`  ! ${String(error)}`)), 1000)
  }
  tell(constellation, await describeRun(constellation))
  await interrupted
  say()
})

function tell({ issuer, caFile, clients, supervisor }: Constellation, file: string): void {
  say(`\n  issuer     ${strong(issuer)}   ${dim('loopback only')}`)
  say(`  CA         ${caFile}`)
  say(`             ${dim(`export NODE_EXTRA_CA_CERTS='${caFile}'`)}`)
  say(`             ${dim(`curl --cacert '${caFile}' ${issuer}/.well-known/openid-configuration`)}`)
  say(`  logs       ${supervisor.run.logs}`)
  say('\n  clients, with fresh keys')
  const width = Math.max(...clients.map(({ clientId }) => clientId.length))
  for (const { clientId, clientName } of clients) say(`    ${clientId.padEnd(width)}   ${dim(clientName)}`)
  say('\n  a token, in another terminal')
  say(`    ${strong(`deploy/local/token ehr-granfjelldal granfjelldal:journal/read`)}`)
  say(`    deploy/local/token saas-supplier granfjelldal:journal/read --parent 999977774 --child 999977776`)
  say(`    ${dim(`for another run: --run '${file}'`)}\n`)
}
