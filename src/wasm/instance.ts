import { binary } from './binary.js'

type Pointer = number

/** The raw exports of the numeric core. Pointers are byte offsets into `memory`; a pointer of 0 means "not given". */
export interface Core {
  readonly memory: WebAssembly.Memory
  mark(): Pointer
  release(position: Pointer): void
  allocate(bytes: number): Pointer
  /** From now on everything is allocated from `start` to `end`: the share of a thread in a memory of several. */
  confine(start: Pointer, end: Pointer): void
  exp(x: number): number
  log(x: number): number
  cos(x: number): number
  normals(seed: number, count: number, out: Pointer): number
  columnSums32: ColumnSums
  columnSums64: ColumnSums
  centre32: Centre
  centre64: Centre
  squaredNorms32: SquaredNorms
  squaredNorms64: SquaredNorms
  /** Rows in panels of points, or times a factor in tiles, and their ‖x‖². */
  packPanels32: PackPanels
  packPanels64: PackPanels
  packTiles32: PackTiles
  packTiles64: PackTiles
  /** Column by column the median of five means of `size` rows each, from sums; rounded to f32 where `near` is given. */
  middle(sums: Pointer, size: number, dimension: number, origin: Pointer, near: Pointer): void
  /** Up to 260 rows in tiles, times 2 for the Gaussian by dot products. */
  gramTiles32: Gram
  gramTiles64: Gram
  /** Sums of pairs of panels, as many numbers as these have: with them `gramTiles32` takes whole pairs of tiles by fewer products. */
  pairSums32(panels: Pointer, pairs: number, dimension: number, sums: Pointer): void
  /** Adds a number to the diagonal of an n × n matrix of f64. */
  addDiagonal(matrix: Pointer, n: number, value: number): void
  moments32: Moments
  moments64: Moments
  nearest32: Nearest
  nearest64: Nearest
  addToCentres32: AddToCentres
  addToCentres64: AddToCentres
  spread32: Spread
  spread64: Spread
  /** Workspace bytes of {@link Core.quadratic} on n variables. */
  quadraticWorkspace(n: number): number
  /** min w'Gw − 2c'w; constraint 0 free, 1 cone, 2 simplex; returns the KKT residual. */
  quadratic(
    G: Pointer,
    c: Pointer,
    n: number,
    constraint: number,
    weights: Pointer,
    warm: number,
    work: Pointer,
  ): number
  /** Workspace bytes of {@link Core.cholesky} and {@link Core.choleskySolve} on an n × n matrix. */
  choleskyWorkspace(n: number): number
  /** The lower triangle of A becomes its Cholesky factor; returns 0, or 1 + the first row whose pivot is not above `least`. */
  cholesky(A: Pointer, n: number, least: number, work: Pointer): number
  /** B (n × columns) becomes A⁻¹B. */
  choleskySolve(factor: Pointer, n: number, B: Pointer, columns: number, work: Pointer): void
  /** Improves feasible weights; `gradient` holds Gw − c before and after; simplex 0 or 1; returns the number of steps. */
  smo(
    G: Pointer,
    n: number,
    simplex: number,
    weights: Pointer,
    gradient: Pointer,
    tolerance: number,
    steps: number,
  ): number
  /** Places of those of a block of codes whose key from the head is below `worst`; returns how many. */
  scanHeads(
    block: Pointer,
    count: number,
    query: Pointer,
    mode: number,
    mask: Pointer,
    worst: number,
    passed: Pointer,
  ): number
  /** Puts the keys of places of a block, whose tails stand one after another, into a heap; returns its size. */
  scanTails(
    block: Pointer,
    passed: Pointer,
    count: number,
    tails: Pointer,
    tail: number,
    query: Pointer,
    mode: number,
    first: number,
    heap: Pointer,
    capacity: number,
    size: number,
  ): number
  readonly [name: string]: unknown
}

/** Adds rows of this precision to f64 sums of the columns. */
type ColumnSums = (rows: Pointer, count: number, dimension: number, sums: Pointer) => void

/** Rows, f64 where `wide` is 1, minus an f64 origin, and their ‖x‖²; returns the largest ‖x‖². */
type Centre = (
  rows: Pointer,
  wide: number,
  count: number,
  dimension: number,
  origin: Pointer,
  out: Pointer,
  norms: Pointer,
) => number

/** Rows minus an origin, both in this precision; returns the largest ‖x‖². */
type PackPanels = (
  points: Pointer,
  count: number,
  dimension: number,
  origin: Pointer,
  out: Pointer,
  norms: Pointer,
) => number

type PackTiles = (
  rows: Pointer,
  count: number,
  dimension: number,
  origin: Pointer,
  factor: number,
  out: Pointer,
  norms: Pointer,
) => number

/** Returns the largest ‖x‖². */
type SquaredNorms = (rows: Pointer, count: number, dimension: number, out: Pointer) => number

type Gram = (
  x: Pointer,
  rows: number,
  packed: Pointer,
  count: number,
  dimension: number,
  gamma: number,
  rowNorms: Pointer,
  pointNorms: Pointer,
  buffer: Pointer,
  out: Pointer,
  kernel?: Pointer,
  sums?: Pointer,
) => void

type Moments = (
  x: Pointer,
  rows: number,
  weights: Pointer,
  packed: Pointer,
  count: number,
  dimension: number,
  gamma: number,
  rowNorms: Pointer,
  pointNorms: Pointer,
  buffer: Pointer,
  zeroth: Pointer,
  first: Pointer,
  kernel?: Pointer,
) => void

type Nearest = (
  x: Pointer,
  rows: number,
  packed: Pointer,
  count: number,
  dimension: number,
  norms: Pointer,
  buffer: Pointer,
  labels: Pointer,
) => void

type AddToCentres = (
  x: Pointer,
  rows: number,
  weights: Pointer,
  dimension: number,
  labels: Pointer,
  counts: Pointer,
  totals: Pointer,
) => void

type Spread = (
  x: Pointer,
  packed: Pointer,
  rows: number,
  weights: Pointer,
  dimension: number,
  count: number,
  first: number,
  uniforms: Pointer,
  distances: Pointer,
  chosen: Pointer,
) => void

// 93 characters need no escape in a string, U+0020 to U+007E without ' and \. A byte is one of the last 91, after one of the first two
// where it is not below 91; 90 and 253, with which instructions on vectors begin, change places. Bytes stay aligned, so that brotli
// and gzip shrink the text nearly as far as the binary itself.
const fromText = (text: string): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(text.length)
  let length = 0
  let above = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const place = code - 32 - Number(code > 39) - Number(code > 92)
    if (place < 2) above = 91 * (place + 1)
    else {
      const byte = above + place - 2
      bytes[length++] = byte === 90 ? 253 : byte === 253 ? 90 : byte
      above = 0
    }
  }
  return bytes.slice(0, length)
}

// A plain object: a bench measures the core by exchanging what it exports.
const instantiate = (bytes: Uint8Array<ArrayBuffer>, memory: WebAssembly.Memory): Core => ({
  ...(new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports as unknown as Core),
})

let instance: Core | undefined

/** The numeric core, instantiated at the first call, without waiting and without a network. */
export const core = (): Core => {
  instance ??= instantiate(fromText(binary), new WebAssembly.Memory({ initial: 1, maximum: 65536 }))
  return instance
}

/** Where in a memory that threads share anything may be placed: before it stand constants of the core. */
export const firstShared = 65536

/** The same core in a memory that threads share: one for each thread, confined to its part. */
export const coreIn = (memory: WebAssembly.Memory): Core => {
  const bytes = fromText(binary)
  // Behind the name of the memory, the first word in the binary with a y, stand its kind and the flags of its limits: that there is a
  // maximum, and that threads share it.
  bytes[bytes.indexOf(0x79) + 2] = 0b11
  return instantiate(bytes, memory)
}
