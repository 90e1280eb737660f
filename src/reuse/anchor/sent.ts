import { oneOf } from '../../base/check.js'
import { canonicalJson } from '../../base/codec.js'
import type { Manifest, ManifestPart } from '../../specification/manifest.js'
import type { DistanceReport } from './nearness.js'
import type { PerformanceReport } from './performance.js'

const bytesOf = (text: string): number => new TextEncoder().encode(text).length

/** What leaves the machine when a market is asked by anchors, part by part: the bytes of the report as canonical JSON. */
export const anchorManifest = (report: PerformanceReport | DistanceReport): Manifest => {
  oneOf(report?.kind, 'report.kind', ['performance', 'distance'])
  const bytes = bytesOf(canonicalJson(report))
  const what =
    report.kind === 'distance'
      ? 'the inner product of your rows’ embedding with its own'
      : report.metric === 'loss'
        ? 'loss and standard error, rounded, and whether it is constant'
        : `${report.metric}, rounded to one part in √n, and whether it is constant`
  const near = (anchor: object): string =>
    report.kind === 'performance' && 'product' in anchor
      ? '; the inner product of your rows’ embedding with its own, rounded'
      : ''
  const anchors: ManifestPart[] = (report.anchors as readonly { readonly id: string }[]).map((anchor) => ({
    name: `anchor ${anchor.id.slice(0, 12)}`,
    what: `${what}${near(anchor)}`,
    bytes: bytesOf(canonicalJson(anchor)),
  }))
  const rest = bytes - anchors.reduce((sum, part) => sum + part.bytes, 0)
  const header =
    report.kind === 'distance'
      ? 'island, squared norm of your rows’ embedding'
      : `island, metric, number of rows (${report.rows}), round${report.classes ? ', and the rows of each class' : ''}`
  const parts = [{ name: 'header', what: header, bytes: rest }, ...anchors]
  const width = String(bytes).length
  const lines = parts.map((part) => `${String(part.bytes).padStart(width)} bytes  ${part.name}: ${part.what}`)
  return { bytes, parts, text: [...lines, `${bytes} bytes altogether; no row, no label, no prediction`].join('\n') }
}
