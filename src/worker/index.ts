export { type Engine, type SpawnOptions, spawnEngine } from './engine.js'
export type { CallOptions } from './team.js'
