export * from './supervisor.js'
