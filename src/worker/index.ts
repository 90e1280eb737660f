export { type Engine, type SpawnOptions, spawnEngine } from './call/engine.js'
export type { CallOptions } from './call/team.js'
