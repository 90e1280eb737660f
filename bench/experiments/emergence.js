import { memoryStore, openMarket, specify } from 'learnware'
import { evaluate, herd } from 'learnware/numeric'
import { direct, divide, fitOwn, reuse } from 'learnware/reuse'
import { markdownTable } from '../../examples/present/table.js'
import { mulberry32 } from '../../examples/random.js'
import { errorRate } from './compare/loss.js'
import { colophon } from './compare/report.js'
import { bootstrap, mean } from './compare/statistics.js'
import { writeReport } from './write.js'

const SEEDS = 10
const LABELS = 200
const TEST = 2000
/** What is lost on a parent's task at most. */
const KEPT = 0.01

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
 * Two learnwares of one task, each right on its side, talk: on mimic rows of both each answers where it is denser, and a
 * new model learns from the answers. It is admitted only where it keeps each parent's task.
 */
async function talk(seed) {
  const sides = { left: -1.2, right: 1.2 }
  const { market, terms } = await marketOf(
    Object.entries(sides).map(([rule, centre], i) => ({ rule, rows: drawn(100 * seed + 21 + i, 500, centre) })),
  )
  const fresh = Object.entries(sides).map(([, centre], i) => drawn(100 * seed + 31 + i, TEST, centre))
  const search = async (requirement) => market.fetch(await market.search(requirement))
  const parents = await search(specify(terms, fresh.flat(), { role: 'requirement', seed }))

  const rows = parents.flatMap((parent, l) => mimic(parent, 300, seed + l))
  const density = parents.map(({ specification }) =>
    evaluate(
      specification.embedding,
      rows.map(({ x1, x2 }) => [x1, x2]),
    ),
  )
  const said = await Promise.all(parents.map(({ model }) => model.predict(columnsOf(rows))))
  const taught = rows.map((_, i) => {
    const l = density[0][i] >= density[1][i] ? 0 : 1
    return said[l].data[2 * i + 1] > 0.5 ? 'yes' : 'no'
  })
  const { inputs, output } = parents[0].model
  const student = await fitOwn(columnsOf(rows), taught, { inputs, output, seed })

  const accuracy = async (model, test) =>
    1 - errorRate(await model.predict(columnsOf(test)), answers(test, curve), model)
  const lost = await Promise.all(
    fresh.map(async (test) => {
      const best = Math.max(...(await Promise.all(parents.map(({ model }) => accuracy(model, test)))))
      return best - (await accuracy(student, test))
    }),
  )
  const both = fresh.flat()
  return {
    'best single': Math.max(...(await Promise.all(parents.map(({ model }) => accuracy(model, both))))),
    'what they learned together': await accuracy(student, both),
    'lost on the worse kept of the parents’ tasks': Math.max(...lost),
    'admitted (lost at most 0.01)': Math.max(...lost) <= KEPT ? 1 : 0,
  }
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
  const [emerged, talked] = [[], []]
  for (let seed = 1; seed <= SEEDS; seed++) {
    emerged.push(await emergence(seed))
    talked.push(await talk(seed))
  }
  const head = ['', 'mean', '95% interval', 'lowest']
  writeReport(
    'emergence',
    `# Emergence: what learnwares do together that none does alone

${colophon('npm run experiments -- emergence', (performance.now() - start) / 1000)}. ${SEEDS} seeds; bootstrap intervals over them.

## Two conditions

y = 1 where x₁ > 0 and x₂ > 0, x standard normal. The market holds two learnwares, each of which knows one of the two
conditions; the user has 400 rows, ${LABELS} of them with labels. Accuracy on ${TEST} fresh rows; the goal is 0.98 with parts at
0.75.

${markdownTable(head, lines(emerged))}

\`divide\` cuts the task by what one learnware says and finds that the other is right there.

## Learnwares that talk

Two learnwares of one task, y = 1 where x₂ > |x₁| − 1, are each right on their own side of x₁ = 0 and wrong on the other.
300 mimic rows are herded from each specification, the denser learnware answers, and a model is fitted to the answers: no row
of a developer is used. It is admitted where it loses at most ${KEPT} of accuracy on either parent's own task, measured on
${TEST} fresh rows of each. A value of the last line is the share of seeds.

${markdownTable(head, lines(talked))}
`,
  )
}
