import * as learnware from 'learnware'
import * as numeric from 'learnware/numeric'
import * as worker from 'learnware/worker'
import { main } from './market.js'

console.log(JSON.stringify(await main(learnware, worker, numeric)))

// An engine that nobody closes does not keep the process alive.
await worker.spawnEngine()
