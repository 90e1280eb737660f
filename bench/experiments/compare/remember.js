/**
 * Learnwares that run once over a table and answer for any rows taken from it: an experiment asks for the same rows
 * again and again.
 * @param {import('learnware').Learnware[]} learnwares
 */
export function remember(learnwares) {
  const origins = new WeakMap()

  /** The rows of a table, by column name, that the indices name. */
  const take = (table, indices) => {
    const taken = Object.fromEntries(
      Object.entries(table).map(([name, column]) => [name, Float64Array.from(indices, (i) => column[i])]),
    )
    origins.set(taken, { table, indices })
    return taken
  }

  const remembering = (model) => {
    const known = new WeakMap()
    const whole = (table) => {
      if (!known.has(table)) known.set(table, model.predict(table))
      return known.get(table)
    }
    return {
      ...model,
      async predict(rows) {
        const origin = origins.get(rows)
        if (!origin) return whole(rows)
        const { columns, data } = await whole(origin.table)
        const chosen = new Float64Array(origin.indices.length * columns)
        origin.indices.forEach((i, row) => {
          for (let c = 0; c < columns; c++) chosen[row * columns + c] = data[i * columns + c]
        })
        return { rows: origin.indices.length, columns, data: chosen }
      },
    }
  }

  return { learnwares: learnwares.map((learnware) => ({ ...learnware, model: remembering(learnware.model) })), take }
}
