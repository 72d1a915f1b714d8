import { playStory } from './demo-story.js'
import { runConstellation } from './run-constellation.js'
import { dim, since, title } from './terminal.js'

const started = performance.now()
title('Tillit, from nothing to a checked token')
await runConstellation({}, async (constellation, interrupted) => {
  await Promise.race([
    playStory(constellation, started),
    interrupted.then(() => Promise.reject(new Error('interrupted'))),
  ])
  title(`That is all of it, in ${since(started)}. ${dim('make up keeps it running for you.')}`)
})
