import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { metrics } from './metrics.js'

const RESOLUTION_MS = 20

/** `nodejs.eventloop.utilization` and `.delay.p99`, each over the time since the last scrape. */
export function watchEventLoop(): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
  delay.enable()
  let before = performance.eventLoopUtilization()
  metrics.gauge('nodejs.eventloop.utilization', {
    unit: '1',
    description: 'Share of time that the event loop was busy',
    read: () => {
      const { utilization } = performance.eventLoopUtilization(before)
      before = performance.eventLoopUtilization()
      return utilization
    },
  })
  metrics.gauge('nodejs.eventloop.delay.p99', {
    unit: 's',
    description: '99th percentile of the event loop delay',
    read: () => {
      const seconds = Math.max(0, delay.percentile(99) / 1e9 - RESOLUTION_MS / 1e3)
      delay.reset()
      return seconds
    },
  })
}
