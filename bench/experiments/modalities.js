import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { foundTerms, specify } from 'learnware'
import { augment, average, fitOwn, reuse } from 'learnware/reuse'
import { markdownTable } from '../../examples/present/table.js'
import { mulberry32, shuffle } from '../../examples/random.js'
import { keeper } from './compare/kept.js'
import { brier, errorRate } from './compare/loss.js'
import { colophon } from './compare/report.js'
import { bootstrap, mean } from './compare/statistics.js'
import { readNpy } from './npy.js'
import { publicScale } from './series.js'
import { writeReport } from './write.js'

const PROVIDERS = 6
const folder = (...path) => join(process.env.LEARNWARE_DATA ?? '', ...path)

/** Each set: two views of the same rows by column name, labels, and how many rows a provider, a requirement and a test have. */
const SETS = {
  mosei: {
    here: () => existsSync(folder('mosei')),
    load: loadMosei,
    views: ['text', 'video'],
    provider: 55,
    asked: 100,
    labels: 60,
    test: 160,
    note: `Text by BERT and video by OpenFace, which were made without these labels. The labels are means over sentiment and six
emotions, nearly all above 0, hence the cut at their median. Nothing tells the speakers: those of a provider's videos may be among
the user's.`,
  },
  mfeat: {
    here: () => existsSync(folder('mfeat')),
    load: loadMfeat,
    views: ['fou', 'kar'],
    provider: 90,
    asked: 200,
    labels: 60,
    test: 400,
    note: 'Fourier coefficients of the shape and Karhunen–Loève coefficients of the same digits; their notes tell of no leak.',
  },
}
const TEXT_COLUMNS = 64

/**
 * Videos: the text features through a public random projection to 64 columns, the visual ones as they are, sentiment above
 * the median. BERT and OpenFace did not see these labels; the source's labels are means over emotions, hence the median.
 */
function loadMosei() {
  const [text, video, scores] = ['language', 'visual', 'labels'].map((name) =>
    readNpy(readFileSync(folder('mosei', `${name}.npy`))),
  )
  const random = mulberry32(768)
  const signs = Float64Array.from({ length: text.columns * TEXT_COLUMNS }, () => (random() < 0.5 ? -1 : 1))
  const projected = Array.from({ length: TEXT_COLUMNS }, (_, j) =>
    Float64Array.from({ length: text.rows }, (_, i) => {
      let sum = 0
      for (let k = 0; k < text.columns; k++) sum += text.data[i * text.columns + k] * signs[k * TEXT_COLUMNS + j]
      return sum / Math.sqrt(text.columns)
    }),
  )
  const median = [...scores.data].sort((a, b) => a - b)[scores.rows >> 1]
  return {
    text: named('text', projected),
    video: named('video', columnsOf(video)),
    labels: Array.from(scores.data, (value) => (value > median ? 'positive' : 'negative')),
  }
}

/** Handwritten digits: Fourier coefficients of the shape, and Karhunen–Loève coefficients. */
function loadMfeat() {
  const view = (name) => {
    const [, ...lines] = gunzipSync(readFileSync(folder('mfeat', `mfeat_${name}.csv.gz`)))
      .toString()
      .trim()
      .split(/\r?\n/)
    return lines.map((line) => line.split(',').map(Number))
  }
  const [fou, kar] = [view('fou'), view('kar')]
  const last = fou[0].length - 1
  const table = (name, rows) =>
    named(
      name,
      Array.from({ length: rows[0].length - 1 }, (_, j) => Float64Array.from(rows, (row) => row[j])),
    )
  return { fou: table('fou', fou), kar: table('kar', kar), labels: fou.map((row) => String(row[last] - 1)) }
}

const columnsOf = ({ rows, columns, data }) =>
  Array.from({ length: columns }, (_, j) => Float64Array.from({ length: rows }, (_, i) => data[i * columns + j]))
const named = (name, columns) => Object.fromEntries(columns.map((column, j) => [`${name}_${j}`, column]))
const take = (table, rows) =>
  Object.fromEntries(Object.entries(table).map(([name, column]) => [name, Float64Array.from(rows, (i) => column[i])]))
const labelsOf = (labels, rows) => Array.from(rows, (i) => labels[i])

/** The terms of one modality's island. */
const termsOf = (view, columns, classes) =>
  foundTerms({
    Data: { Type: 'Class', Values: ['Table'] },
    Task: { Type: 'Class', Values: ['Classification'] },
    Library: { Type: 'Class', Values: [] },
    Scenario: { Type: 'Tag', Values: [] },
    License: { Type: 'Class', Values: [] },
    LDL: {
      version: 1,
      inputs: columns.map((column) => ({ ...column, kind: 'numeric' })),
      output: { kind: 'probabilities', classes },
      objective: { metric: 'accuracy', direction: 'max' },
      intent: view,
    },
  })

/** Losses of the methods for one split of the rows among providers and one user. */
async function compare({ views, provider, asked, labels: few, test }, data, seed) {
  const order = shuffle([...data.labels.keys()], mulberry32(seed))
  const classes = [...new Set(data.labels)].sort()
  const learnwares = []
  const islands = []
  let next = 0
  for (const view of views) {
    const parts = Array.from({ length: PROVIDERS }, (_, p) =>
      order.slice(next + p * provider, next + (p + 1) * provider),
    )
    next += PROVIDERS * provider
    const scale = publicScale(
      Object.keys(data[view]),
      parts.map((rows) => take(data[view], rows)),
    )
    const terms = termsOf(view, scale, classes)
    islands.push(terms)
    for (const [p, part] of parts.entries()) {
      const [rows, labels] = [take(data[view], part), labelsOf(data.labels, part)]
      const model = await fitOwn(rows, labels, { inputs: terms.columns, output: { kind: 'probabilities', classes } })
      learnwares.push({
        id: `${view}-${p}`.padEnd(64, '0'),
        view,
        description: {},
        terms,
        specification: specify(terms, rows, { role: 'learnware', seed: 7 }),
        model,
      })
    }
  }
  const both = { ...data[views[0]], ...data[views[1]] }
  const mine = order.slice(next, next + asked)
  const tested = order.slice(next + asked, next + asked + test)
  const requirement = specify({ ...islands[0], others: [islands[1]] }, take(both, mine), {
    role: 'requirement',
    seed: 7,
  })
  const labelled = { rows: take(both, mine.slice(0, few)), labels: labelsOf(data.labels, mine.slice(0, few)) }
  const columns = islands.flatMap((terms) => terms.columns)
  const own = await fitOwn(labelled.rows, labelled.labels, {
    inputs: columns,
    output: learnwares[0].model.output,
    seed,
  })
  const [table, truth] = [take(both, tested), labelsOf(data.labels, tested)]
  const lossOf = async (model) => {
    const predicted = await model.predict(table)
    return [errorRate(predicted, truth, model), brier(predicted, truth, model)]
  }
  const given = { labelled, own, seed }
  const single = await Promise.all(learnwares.map(({ model }) => lossOf(model)))
  const onLabels = await Promise.all(
    learnwares.map(async ({ model }) => brier(await model.predict(labelled.rows), labelled.labels, model)),
  )
  const chosen = (view) =>
    learnwares
      .filter((learnware) => learnware.view === view)
      .sort((a, b) => onLabels[learnwares.indexOf(a)] - onLabels[learnwares.indexOf(b)])[0]
  const pair = views.map(chosen)
  const three = [...learnwares]
    .sort((a, b) => onLabels[learnwares.indexOf(a)] - onLabels[learnwares.indexOf(b)])
    .slice(0, 3)
  const best = (view, k) => Math.min(...single.filter((_, l) => learnwares[l].view === view).map((loss) => loss[k]))
  const models = {
    own,
    [`${views[0]} chosen by labels`]: pair[0].model,
    [`${views[1]} chosen by labels`]: pair[1].model,
    'both + own': average(pair, requirement, { members: 2, own }),
    'best-3': average(three, requirement, { members: 3 }),
    augment: await augment(learnwares, requirement, given),
    solve: await reuse(learnwares, requirement, given),
  }
  const losses = {
    [`${views[0]} best in hindsight`]: [0, 1].map((k) => best(views[0], k)),
    [`${views[1]} best in hindsight`]: [0, 1].map((k) => best(views[1], k)),
  }
  for (const [name, model] of Object.entries(models)) losses[name] = await lossOf(model)
  return losses
}

const shown = (values) => {
  const [low, high] = bootstrap(values, mean)
  return `${mean(values).toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`
}

/** Two modalities (the founding paper's Figure 6). */
export async function run() {
  const { values } = parseArgs({ args: process.argv.slice(3), options: { seeds: { type: 'string', default: '12' } } })
  const start = performance.now()
  const sections = []
  for (const [name, set] of Object.entries(SETS)) {
    if (!set.here()) {
      console.error(`${name} needs LEARNWARE_DATA to name the folder with its rows; it was left out`)
      continue
    }
    const data = set.load()
    const kept = keeper(name)
    const runs = []
    for (let seed = 1; seed <= Number(values.seeds); seed++) {
      const run = kept.read(`${seed}`) ?? (await compare(set, data, seed))
      kept.write(`${seed}`, run)
      runs.push(run)
    }
    const rows = Object.keys(runs[0]).map((method) => {
      const of = (k) => runs.map((run) => run[method][k])
      const against = runs.map((run) => run[method][0] - run['both + own'][0])
      return [method, shown(of(0)), shown(of(1)), method === 'both + own' ? '' : shown(against)]
    })
    const rivals = Object.keys(runs[0]).filter(
      (method) => method === 'own' || method.startsWith(set.views[0]) || method.startsWith(set.views[1]),
    )
    const lows = rivals.map(
      (rival) =>
        bootstrap(
          runs.map((run) => run[rival][0] - run['both + own'][0]),
          mean,
        )[0],
    )
    const least = Math.min(...lows)
    sections.push(`## ${name}

${PROVIDERS} learnwares of ${set.views[0]} and ${PROVIDERS} of ${set.views[1]}, each the best of the built-in classifiers on ${set.provider} rows of its own; a user with both views, ${set.asked}
rows, ${set.labels} of them labelled; ${set.test} test rows. ${runs.length} splits of the rows. ${set.note}

${markdownTable(['', 'share of errors', 'Brier score', 'errors − errors of both + own'], rows)}

Both + own against own and every model of one modality: ${least > 0 ? 'fewer errors than each, with intervals above 0' : 'not fewer errors than each with an interval above 0'}; the least lower end is
${least.toFixed(3)}, against “${rivals[lows.indexOf(least)]}”.`)
  }
  if (sections.length === 0) return
  writeReport(
    'modalities',
    `# Two modalities

${colophon(['npm run experiments --', ...process.argv.slice(2)].join(' '), (performance.now() - start) / 1000)} (what broken-off runs before it had compared is not counted). Means over splits with 95% bootstrap intervals; the last column is paired, and
an interval above 0 means that both + own is better.

The learnwares of one modality stand on an island of their own; the requirement is made for both. The own model sees both views
at once. “Both + own” is the mean of three: in each modality the learnware that does best on the user's labels, and the own
model. “Best in hindsight” looks at the test rows, which no method may. Nothing was tuned on these sets.

${sections.join('\n\n')}
`,
  )
}
