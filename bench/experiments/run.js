// npm run experiments [-- name …options]: an experiment of this folder, or all of them; each writes its report into
// docs/experiments. Rows of real data are read from the folder that LEARNWARE_DATA names. Options of the first four:
// --users 5, --draws 1, --workers 1, --sizes 10,100 (prints only), --tuning (users to tune with; prints only).
const EXPERIMENTS = ['sales', 'm5', 'beijing', 'digits', 'emergence', 'modalities']

const [name] = process.argv.slice(2)
if (name !== undefined && !EXPERIMENTS.includes(name)) {
  console.error(`there is no experiment "${name}"; there are ${EXPERIMENTS.join(', ')}`)
  process.exit(1)
}
for (const each of name === undefined ? EXPERIMENTS : [name]) {
  const { run } = await import(`./${each}.js`)
  await run()
}
