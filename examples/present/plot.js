import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'

/**
 * The improvement over an own model against the number of labelled rows, one line a method (the founding paper's
 * Figure 5), as SVG.
 * @param {{ title: string, points: { method: string, labels: number, improvement: number }[] }} curve
 * @returns {string}
 */
export function improvementPlot({ title, points }) {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const methods = [...new Set(points.map(({ method }) => method))]
  const sizes = [...new Set(points.map(({ labels }) => labels))].sort((a, b) => a - b)
  const last = Math.max(...sizes)
  const percents = points.map((point) => ({ ...point, improvement: 100 * point.improvement }))
  const svg = Plot.plot({
    document,
    width: 760,
    height: 440,
    marginRight: 150,
    marginTop: 56,
    style: { background: 'white', fontFamily: 'system-ui, sans-serif', fontSize: '12px' },
    x: { type: 'log', label: 'labelled rows →', labelAnchor: 'center', ticks: sizes, tickFormat: String },
    // A method that is much worse than the own model would flatten all others.
    y: {
      label: `↑ improvement over an own model, %${cutNote(percents)}`,
      grid: true,
      domain: range(percents),
      clamp: true,
    },
    color: { domain: methods, scheme: 'observable10' },
    marks: [
      Plot.ruleY([0], { stroke: '#444' }),
      Plot.line(percents, { x: 'labels', y: 'improvement', stroke: 'method', strokeWidth: 2 }),
      Plot.dot(percents, { x: 'labels', y: 'improvement', fill: 'method', r: 3 }),
      Plot.text(
        apart(
          percents.filter(({ labels }) => labels === last),
          range(percents),
        ),
        {
          x: 'labels',
          y: 'improvement',
          text: 'method',
          fill: 'method',
          textAnchor: 'start',
          dx: 9,
        },
      ),
      Plot.text([title], { frameAnchor: 'top-left', dy: -30, fontSize: 14, fontWeight: 'bold' }),
    ],
  })
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  return svg.outerHTML
}

const LOWEST = -60

function cutNote(points) {
  return points.some(({ improvement }) => improvement < LOWEST) ? ` (what is below ${LOWEST} is drawn there)` : ''
}

function range(points) {
  const values = points.map(({ improvement }) => improvement)
  return [Math.max(LOWEST, Math.floor(Math.min(0, ...values) / 10) * 10), Math.ceil(Math.max(10, ...values) / 10) * 10]
}

/** The same labels, moved so that none covers another. */
function apart(labels, [low, high]) {
  const gap = (high - low) / 26
  const sorted = labels
    .map((label) => ({ ...label, improvement: Math.max(label.improvement, low) }))
    .sort((a, b) => a.improvement - b.improvement)
  for (let i = 1; i < sorted.length; i++) {
    sorted[i].improvement = Math.max(sorted[i].improvement, sorted[i - 1].improvement + gap)
  }
  return sorted
}
