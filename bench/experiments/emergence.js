import { memoryStore, openMarket, specify } from 'learnware'
import { herd } from 'learnware/numeric'
import { direct, divide, fitOwn, reuse, route } from 'learnware/reuse'
import { markdownTable } from '../../examples/present/table.js'
import { mulberry32 } from '../../examples/random.js'
import { keeper } from './compare/kept.js'
import { errorRate } from './compare/loss.js'
import { colophon } from './compare/report.js'
import { bootstrap, mean } from './compare/statistics.js'
import { writeReport } from './write.js'

const SEEDS = 10
const LABELS = 200
const TEST = 2000
/** What is lost on a parent's task at most. */
const KEPT = 0.01
/** Mimic rows of each learnware that a new model learns from. */
const MIMICS = 300
/** Where a learnware's share of a row is less, both have been there. */
const SURE = 0.9

/** Models by name of their rule: their bytes are that name. */
const RULES = {
  'x1 > 0': (x) => x.x1 > 0,
  'x2 > 0': (x) => x.x2 > 0,
  left: (x) => (x.x1 < 0 ? curve(x) : x.x2 > 0),
  right: (x) => (x.x1 > 0 ? curve(x) : x.x2 > 0),
}
const curve = ({ x1, x2 }) => x2 > Math.abs(x1) - 1

const runtime = {
  name: 'rules',
  async open(bytes, { inputs, output }) {
    const rule = RULES[new TextDecoder().decode(bytes)]
    return {
      inputs,
      output,
      async predict(rows) {
        const table = Array.isArray(rows) ? rows : rowsOf(rows)
        const data = Float64Array.from(table.flatMap((row) => (rule(row) ? [0, 1] : [1, 0])))
        return { rows: table.length, columns: 2, data }
      },
      async close() {},
    }
  },
}

const rowsOf = ({ x1, x2 }) => Array.from(x1, (value, i) => ({ x1: value, x2: x2[i] }))
const columnsOf = (rows) => ({ x1: rows.map(({ x1 }) => x1), x2: rows.map(({ x2 }) => x2) })
const answers = (rows, rule) => rows.map((row) => (rule(row) ? 'yes' : 'no'))

const description = {
  Data: { Type: 'Class', Values: ['Table'] },
  Task: { Type: 'Class', Values: ['Classification'] },
  Library: { Type: 'Class', Values: ['Others'] },
  Scenario: { Type: 'Tag', Values: [] },
  License: { Type: 'Class', Values: ['Apache-2.0'] },
  Name: { Type: 'String', Values: 'a condition' },
  Description: { Type: 'String', Values: 'one condition on two numbers' },
  Input: { Dimension: 2, Description: { 0: 'x1', 1: 'x2' } },
  Output: { Dimension: 2, Description: { 0: 'no', 1: 'yes' } },
  LDL: {
    version: 1,
    inputs: ['x1', 'x2'].map((name) => ({ name, kind: 'numeric', centre: 0, scale: 1 })),
    output: { kind: 'probabilities', classes: ['no', 'yes'] },
    objective: { metric: 'accuracy', direction: 'max' },
  },
}

const drawn = (seed, count, centre = 0) => {
  const random = mulberry32(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Array.from({ length: count }, () => ({ x1: centre + normal(), x2: normal() }))
}

async function marketOf(developers) {
  const market = await openMarket({ store: memoryStore(), runtime })
  const terms = await market.terms(description)
  for (const { rule, rows } of developers) {
    const labels = answers(rows, RULES[rule])
    const specification = specify(terms, rows, { labels, seed: 1 })
    const { status, findings } = await market.submit({
      model: new TextEncoder().encode(rule),
      description,
      specification,
    })
    if (status !== 'accepted') throw new Error(`${rule}: ${findings.map(({ message }) => message).join('; ')}`)
  }
  return { market, terms }
}

/** Neither learnware knows the task; accuracy of each, of `solve`'s reuse and of `divide`, from 200 labels. */
async function emergence(seed) {
  const { market, terms } = await marketOf(
    ['x1 > 0', 'x2 > 0'].map((rule, i) => ({ rule, rows: drawn(100 * seed + i, 400) })),
  )
  const truth = ({ x1, x2 }) => x1 > 0 && x2 > 0
  const rows = drawn(100 * seed + 7, 400)
  const test = drawn(100 * seed + 8, TEST)
  const labelled = { rows: rows.slice(0, LABELS), labels: answers(rows.slice(0, LABELS), truth) }
  const search = async (requirement) => market.fetch(await market.search(requirement))
  const requirement = specify(terms, rows, { role: 'requirement', seed })
  const learnwares = await search(requirement)
  const own = await fitOwn(labelled.rows, labelled.labels, {
    inputs: terms.columns,
    output: learnwares[0].model.output,
    seed,
  })
  const accuracy = async (model) => 1 - errorRate(await model.predict(columnsOf(test)), answers(test, truth), model)
  const division = await divide(terms, columnsOf(rows), { search, labelled, seed })
  return {
    'one learnware': mean(await Promise.all(learnwares.map((learnware) => accuracy(direct([learnware], requirement))))),
    own: await accuracy(own),
    solve: await accuracy(await reuse(learnwares, requirement, { labelled, own, seed })),
    divide: await accuracy(division),
  }
}

/** Rows that a learnware's specification stands for: herded points as raw values. */
function mimic({ specification: { embedding }, terms: { columns } }, size, seed) {
  const { points } = herd(embedding, { size, seed })
  return Array.from({ length: points.rows }, (_, i) =>
    Object.fromEntries(columns.map(({ name, centre, scale }, j) => [name, centre + scale * points.data[2 * i + j]])),
  )
}

/**
 * Two learnwares of one task, each right on its side, talk: on rows that mimic those of both, a router by their embeddings asks
 * the one whose row it is, and a new model learns from the answers. It speaks where their rows overlap, and elsewhere the one
 * that has been there. What they are together is admitted only where it keeps each parent's task.
 */
async function talk(seed) {
  const sides = { left: -1.2, right: 1.2 }
  const drawnAt = (first, count) =>
    Object.values(sides).map((centre, i) => drawn(100 * seed + first + i, count, centre))
  const developers = drawnAt(21, 500)
  const { market, terms } = await marketOf(Object.keys(sides).map((rule, i) => ({ rule, rows: developers[i] })))
  const requirement = specify(terms, drawnAt(41, 500).flat(), { role: 'requirement', seed })
  const parents = await market.fetch(await market.search(requirement))
  const routed = route(parents, requirement, { mode: 'soft' })
  const said = async (model, rows) => {
    const { data } = await model.predict(columnsOf(rows))
    return rows.map((_, i) => (data[2 * i + 1] > 0.5 ? 'yes' : 'no'))
  }

  const rows = parents.flatMap((parent, l) => mimic(parent, MIMICS, 100 * seed + 51 + l))
  const { inputs, output } = parents[0].model
  const learnt = await fitOwn(columnsOf(rows), await said(routed, rows), { inputs, output, seed })
  const overlaps = (rows) => {
    const { shares } = routed.routes(columnsOf(rows))
    return rows.map((_, i) => Math.max(shares[2 * i], shares[2 * i + 1]) < SURE)
  }
  const together = async (rows) => {
    const [one, both] = [await said(learnt, rows), await said(routed, rows)]
    return overlaps(rows).map((here, i) => (here ? one : both)[i])
  }

  const fresh = drawnAt(31, TEST)
  const all = fresh.flat()
  const accuracy = (told, rows) => mean(answers(rows, curve).map((answer, i) => (told[i] === answer ? 1 : 0)))
  const better = async (rows) => {
    const each = await Promise.all(parents.map(async ({ model }) => accuracy(await said(model, rows), rows)))
    return Math.max(...each)
  }
  const known = await Promise.all(fresh.map(better))
  const lostBy = async (tell) => {
    const lost = fresh.map(async (rows, side) => known[side] - accuracy(await tell(rows), rows))
    return Math.max(...(await Promise.all(lost)))
  }
  const tellings = {
    'what they learned together': together,
    'the new model everywhere, without its parents': (rows) => said(learnt, rows),
    'the parents routed, without a new model': (rows) => said(routed, rows),
  }
  const single = await better(all)
  const figures = { 'best single': single, 'share of rows where they overlap': mean(overlaps(all).map(Number)) }
  for (const [name, tell] of Object.entries(tellings)) {
    const [told, lost] = [accuracy(await tell(all), all), await lostBy(tell)]
    figures[name] = told
    figures[`${name}: gained`] = told - single
    figures[`${name}: lost on the worse kept of the parents’ tasks`] = lost
    figures[`${name}: admitted`] = lost <= KEPT ? 1 : 0
  }
  await market.close()
  return figures
}

const lines = (runs) =>
  Object.keys(runs[0]).map((name) => {
    const values = runs.map((run) => run[name])
    const [low, high] = bootstrap(values, mean)
    return [name, mean(values).toFixed(3), `${low.toFixed(3)} to ${high.toFixed(3)}`, Math.min(...values).toFixed(3)]
  })

/** Emergence: a task that no learnware knows, and learnwares that talk. */
export async function run() {
  const start = performance.now()
  const kept = keeper('emergence')
  const runs = []
  for (let seed = 1; seed <= SEEDS; seed++) {
    const run = kept.read(`${seed}`) ?? { emerged: await emergence(seed), talked: await talk(seed) }
    kept.write(`${seed}`, run)
    runs.push(run)
  }
  const head = ['', 'mean', '95% interval', 'lowest']
  writeReport(
    'emergence',
    `# Emergence: what learnwares do together that none does alone

${colophon('npm run experiments -- emergence', (performance.now() - start) / 1000)} (what broken-off runs before it had compared is not counted). ${SEEDS} seeds; bootstrap intervals over them.

## Two conditions

y = 1 where x₁ > 0 and x₂ > 0, x standard normal. The market holds two learnwares, each of which knows one of the two
conditions; the user has 400 rows, ${LABELS} of them with labels. Accuracy on ${TEST} fresh rows; the goal is 0.98 with parts at
0.75.

${markdownTable(head, lines(runs.map(({ emerged }) => emerged)))}

\`divide\` cuts the task by what one learnware says and finds that the other is right there.

## Learnwares that talk

Two learnwares of one task, y = 1 where x₂ > |x₁| − 1, are each right on their own side of x₁ = 0 and wrong on the other.
${MIMICS} mimic rows are herded from each specification, the soft route by the moments of the two embeddings answers them, and the
best of the built-in models by cross-validation learns from the answers: no row of a developer is used. It speaks where their
rows overlap (no share of a row reaches ${SURE}), and elsewhere the parent that has been there, so that nothing is lost
outside. Admitted is what loses at most ${KEPT} of accuracy on either parent's own task, against the better parent there, measured on
${TEST} fresh rows of each; a value of such a line is the share of seeds.

${markdownTable(head, lines(runs.map(({ talked }) => talked)))}

The new model by itself is the smaller thing to offer, since it needs neither parent. On a parent's own task it is about as right as
the parent, so that whether it is admitted hangs on the draw. What is gained by talking comes from telling whose row it is: the
router alone gains a little more, and keeps both parents everywhere. How sure a share must be, and the number of mimic rows,
were chosen on other seeds.
`,
  )
}
