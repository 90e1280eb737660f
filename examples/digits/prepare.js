/** Prints what train.py reads: the developers' tasks, the columns and the classes, as JSON. */
import { readFileSync } from 'node:fs'
import { CLASSES, developers, PIXELS, parseDigits } from './tasks.js'

const { labels } = parseDigits(readFileSync(new URL('digits.csv', import.meta.url), 'utf8'))
console.log(JSON.stringify({ columns: PIXELS, classes: CLASSES, developers: developers(labels) }))
