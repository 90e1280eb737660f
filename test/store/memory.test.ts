import { memoryStore } from '../../src/store/memory.js'
import { storeContract } from './contract.js'

storeContract('memoryStore', async () => ({ open: memoryStore, keeps: false }))
