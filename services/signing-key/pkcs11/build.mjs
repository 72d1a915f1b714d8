// Builds the native half of pkcs11js with the system's C++ compiler and the Node-API headers from npm: no node-gyp, which would
// download headers. Node-API is stable over Node versions. Run where KEK_BACKEND=pkcs11 is used: `pnpm run build:pkcs11`.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const require = createRequire(import.meta.url)
const source = path.dirname(require.resolve('pkcs11js/package.json'))
const headers = require('node-api-headers').include_dir
const target = path.join(source, 'build/Release/pkcs11.node')
const draft = `${target}.${process.pid}`

if (!existsSync(target)) {
  mkdirSync(path.dirname(target), { recursive: true })
  const files = ['dl.cpp', 'common.cpp', 'main.cpp'].map((file) => path.join(source, 'src', file))
  const defines = ['-DNAPI_DISABLE_CPP_EXCEPTIONS', '-DNODE_GYP_MODULE_NAME=pkcs11']
  const include = [headers, path.join(source, 'includes')].flatMap((folder) => ['-I', folder])
  const args = ['-std=c++17', '-O2', '-fPIC', '-shared', ...defines, ...include, ...files, '-o', draft, '-ldl']
  execFileSync(process.env.CXX ?? 'g++', args, { stdio: 'inherit' })
  renameSync(draft, target)
}
