export { KindError, MarketError, type MarketErrorCode, ValueError } from './base/error.js'
export { isMatrix, type Matrix, matrix, type Samples } from './base/matrix.js'
export { gammaByDimension, gammaByMedian } from './kernel/bandwidth.js'
export type { Precision } from './kernel/centre.js'
export { gram } from './kernel/gram.js'
export {
  type GaussianKernel,
  gaussian,
  type Kernel,
  type LaplacianKernel,
  type LinearKernel,
  laplacian,
  linear,
  type PolynomialKernel,
  type ProductKernel,
  type ProductPart,
  type ProductPartOptions,
  polynomial,
  product,
} from './kernel/kernel.js'
export { type MaskedOptions, masked } from './kernel/masked.js'
export { type CholeskyOptions, choleskySolve } from './qp/cholesky.js'
export { type Constraint, type Quadratic, type QuadraticOptions, quadratic } from './qp/quadratic.js'
export { decode, encode, fromJson, toJson } from './rkme/codec.js'
export type { ClassEmbedding, Embedding, LabelledEmbedding } from './rkme/embedding.js'
export { evaluate } from './rkme/evaluate.js'
export { type Mixture, mixture } from './rkme/mixture.js'
export { embed, inner, mmd, mmdSquared } from './rkme/mmd.js'
export { type PrivateEmbedding, type PrivateOptions, privateEmbedding } from './rkme/private/private.js'
export { type Herd, type HerdOptions, herd } from './rkme/reduce/herd.js'
export { type Merged, type MergeOptions, merge } from './rkme/reduce/merge.js'
export { type ReduceOptions, reduce, reduceAsync } from './rkme/reduce/reduce.js'
export { reduceStream } from './rkme/reduce/stream.js'
export type { OpenRows } from './rkme/rows/stream-source.js'
export type { Progress } from './rkme/solver/solver.js'
export {
  type Bound,
  type BoundForm,
  embeddingBound,
  type InstanceReuse,
  type InstanceRiskOptions,
  instanceRisk,
  type Reduced,
  type TaskReuse,
  type TaskRiskOptions,
  taskRisk,
} from './theory/bounds.js'
export { exp, log, normals } from './wasm/scalar.js'
