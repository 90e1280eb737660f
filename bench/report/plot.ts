import * as ObservablePlot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import type { Plot } from './section.js'

/** Lines with their names at their ends, as SVG. */
export const svg = ({ title, x, y, linear, points }: Plot): string => {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const type = linear ? 'linear' : 'log'
  const drawn = linear ? points : points.filter((point) => point.x > 0 && point.y > 0)
  const lines = [...new Set(drawn.map(({ line }) => line))]
  const ends = lines.map((line) => drawn.filter((point) => point.line === line).at(-1))
  const ticks = [...new Set(drawn.map((point) => point.x))].sort((a, b) => a - b)
  const element = ObservablePlot.plot({
    document,
    width: 760,
    height: 440,
    marginRight: 190,
    marginTop: 56,
    marginLeft: 60,
    style: { background: 'white', fontFamily: 'system-ui, sans-serif', fontSize: '12px' },
    x: { type, label: `${x} →`, ...(ticks.length <= 12 ? { ticks, tickFormat: String } : {}) },
    y: { type, label: `↑ ${y}`, grid: true, ...(linear ? {} : { tickFormat: '~g' }) },
    color: { domain: lines, scheme: 'observable10' },
    marks: [
      ObservablePlot.line(drawn, { x: 'x', y: 'y', stroke: 'line', strokeWidth: 2 }),
      ObservablePlot.dot(drawn, { x: 'x', y: 'y', fill: 'line', r: 3 }),
      ObservablePlot.text(ends, { x: 'x', y: 'y', text: 'line', fill: 'line', textAnchor: 'start', dx: 9 }),
      ObservablePlot.text([title], { frameAnchor: 'top-left', dy: -44, fontSize: 14, fontWeight: 'bold' }),
    ],
  })
  element.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  return element.outerHTML
}
