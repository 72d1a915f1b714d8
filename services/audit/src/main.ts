import { run } from '@tillit/service-kit'
import { buildApp } from './app.js'
import { auditConfig } from './config.js'

await run(() => buildApp(auditConfig()))
