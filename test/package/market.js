// A small market, the same in every consumer: three learnwares, one user, memory store, search, reuse and a worker.
// The modules come as arguments, so that the file runs however a consumer has loaded them.

/** The cells of a column, from whatever form rows come in. */
const cells = (rows, name, j) => {
  if (rows.rows !== undefined) return Array.from({ length: rows.rows }, (_, i) => rows.data[i * rows.columns + j])
  return Array.isArray(rows) ? rows.map((row) => row[name]) : rows[name]
}

/** A runtime of our own: bytes are the JSON of a linear model. */
const linearRuntime = {
  name: 'linear',
  async open(bytes, { inputs, output }) {
    const { weights } = JSON.parse(new TextDecoder().decode(bytes))
    return {
      inputs,
      output,
      async predict(rows) {
        const columns = inputs.map(({ name }, j) => cells(rows, name, j))
        const data = Float64Array.from(columns[0], (_, i) =>
          columns.reduce((sum, column, j) => sum + weights[j] * column[i], 0),
        )
        return { rows: data.length, columns: 1, data }
      },
      async close() {},
    }
  },
}

/** Rows around a centre from an integer generator, so that every consumer has the same. */
const shop = (seed, centre, count) => {
  let state = seed
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 4294967296
  }
  const rows = Array.from({ length: count }, () => ({
    price: centre + next() + next() + next() - 1.5,
    demand: -centre + next() + next() + next() - 1.5,
  }))
  return { rows, labels: rows.map(({ price, demand }) => centre * price + demand + 0.1 * (next() - 0.5)) }
}

const numeric = (name) => ({ name, kind: 'numeric', centre: 0, scale: 2, missing: 'none' })

const description = (name) => ({
  Data: { Type: 'Class', Values: ['Table'] },
  Task: { Type: 'Class', Values: ['Regression'] },
  Library: { Type: 'Class', Values: ['linear'] },
  Scenario: { Type: 'Tag', Values: ['Business'] },
  Name: { Type: 'String', Values: name },
  Description: { Type: 'String', Values: 'Sales by price and demand' },
  License: { Type: 'Class', Values: ['Apache-2.0'] },
  Input: { Dimension: 2, Description: { 0: 'price', 1: 'demand' } },
  Output: { Dimension: 1, Description: { 0: 'sales' } },
  LDL: {
    version: 1,
    inputs: [numeric('price'), numeric('demand')],
    output: { kind: 'real', centre: 0, scale: 2 },
    objective: { metric: 'mse', direction: 'min' },
  },
})

/** Submits, searches and reuses; answers what must be equal in every consumer, and the engine's agreement. */
export const main = async ({ openMarket, memoryStore, specify, manifest, reuse }, { spawnEngine }, { encode }) => {
  const market = await openMarket({ store: memoryStore(), runtime: linearRuntime })
  const terms = await market.terms(description('first'))
  const statuses = []
  for (const centre of [-2, 0, 2]) {
    const { rows, labels } = shop(centre + 10, centre, 400)
    const specification = specify(terms, rows, { labels, seed: 7 })
    const model = new TextEncoder().encode(JSON.stringify({ weights: [centre, 1] }))
    statuses.push((await market.submit({ model, description: description(`shop ${centre}`), specification })).status)
  }
  const user = shop(99, 2, 200)
  const requirement = specify(terms, user.rows, { seed: 7 })
  const found = await market.search(requirement, { top: 3 })
  const learnwares = await market.fetch(found)
  const labelled = { rows: user.rows.slice(0, 20), labels: user.labels.slice(0, 20) }
  const model = await reuse(learnwares, requirement, { labelled, seed: 7 })
  const predicted = await model.predict(user.rows)
  const loss = user.labels.reduce((sum, label, i) => sum + (label - predicted.data[i]) ** 2, 0) / user.labels.length

  const engine = await spawnEngine({ workers: 2 })
  const fromWorker = await engine.specify(terms, user.rows, { seed: 7 })
  await engine.close()
  await market.close()
  const bytes = encode(requirement.embedding)
  const same = encode(fromWorker.embedding).every((byte, i) => byte === bytes[i])
  return {
    statuses,
    decision: found.decision,
    best: learnwares.length > 0,
    distance: found.ranked[0].distance,
    bytesToSend: manifest(requirement).bytes ?? 0,
    helpful: loss < 0.05,
    checksum: [...bytes.slice(-8)].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    workerAgrees: same,
  }
}
