// 1. A market: learnwares are submitted, found and fetched

export type { AnchorOptions, AnchorSearchOptions } from './market/anchor/anchors.js'
export type { FoundByDistance } from './market/anchor/by-distance.js'
export type { AnchorFinding, FoundByPerformance } from './market/anchor/by-performance.js'
export { type IslandView, type Market, openMarket } from './market/market.js'
export { type Candidate, type Found, searchSpecifications } from './market/match/match.js'
export type { SearchOptions } from './market/match/options.js'
export type { Check, Receipt, ReceiptFinding } from './market/receipt.js'
export { type Continual, continual, type Observation, type Regime } from './market/solve/continual.js'
export { type Solution, type SolveOptions, type SolvingMarket, solve } from './market/solve/solve.js'
export type { SubmitOptions } from './market/submit/submit.js'
export type { Limits, Submission } from './market/submit/validate.js'

// 2. Where a market keeps what it knows (files: learnware/store/file)

export { memoryStore } from './store/memory.js'
export type { Store, StoredRecord } from './store/store.js'

// 3. What a learnware is for, and what makes specifications comparable

export {
  type Description,
  type Finding,
  type RequirementDescription,
  type Validation,
  validateDescription,
} from './specification/description/description.js'
export { type DescriptionSpace, descriptionSpace, islandKey } from './specification/description/island.js'
export { foundTerms } from './specification/specify/found.js'
export type { Column, LabelTerms, SizeRule, Terms } from './specification/terms.js'

// 4. Rows become specifications, on the machine where they are

export { decodeSpecification, encodeSpecification } from './specification/codec.js'
export { specificationFromJson, specificationToJson } from './specification/json.js'
export { type Manifest, type ManifestPart, manifest } from './specification/manifest.js'
export { parseCsv } from './specification/rows/csv.js'
export type { Rows, Table } from './specification/rows/table.js'
export type { Audit, Requirement, Specification } from './specification/specification.js'
export { soundness } from './specification/specify/soundness.js'
export {
  type Labels,
  type SpecificationProgress,
  type SpecifyOptions,
  specify,
} from './specification/specify/specify.js'

// 5. Fetched learnwares are put to use (more of this: learnware/reuse)

export type { Learnware } from './learnware/learnware.js'
export type { Model, ModelInput, ModelOutput, Runtime } from './learnware/model.js'
export { type ReuseOptions, reuse } from './reuse/blend/choose.js'
export type { ReusedModel } from './reuse/compose.js'

// 6. Too few rows for a requirement: anchors answer in its place

export { type FewRows, type SolvedByAnchors, solveByAnchors } from './market/solve/few.js'
export { type Asked, type DistanceReport, reportDistances } from './reuse/anchor/nearness.js'
export {
  type AnchorPerformance,
  type Metric,
  type PerformanceOptions,
  type PerformanceReport,
  reportPerformance,
} from './reuse/anchor/performance.js'
export { anchorManifest } from './reuse/anchor/sent.js'

// 7. Shared forms and errors

export { MarketError, type MarketErrorCode } from './base/error.js'
export { type Matrix, matrix, type Samples } from './base/matrix.js'
export type { Kernel } from './kernel/kernel.js'
export type { ClassEmbedding, Embedding, LabelledEmbedding } from './rkme/embedding.js'
