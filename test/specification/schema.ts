import type { Loose } from './sample.js'

/** A plain evaluator of the part of JSON Schema 2020-12 that the description language uses, slow and literal. */
type Schema = Record<string, Loose>

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const typed = (value: unknown, type: string): boolean =>
  ({
    object: isObject(value),
    array: Array.isArray(value),
    string: typeof value === 'string',
    number: typeof value === 'number',
    integer: typeof value === 'number' && Number.isInteger(value),
    boolean: typeof value === 'boolean',
  })[type] ?? false

const known = new Set(
  (
    '$schema $id title description default $defs $ref type const enum required properties additionalProperties propertyNames items ' +
    'minItems maxItems uniqueItems minLength pattern minimum exclusiveMinimum contains allOf if then'
  ).split(' '),
)

export const satisfies = (value: unknown, schema: Schema, root: Schema = schema): boolean => {
  for (const keyword of Object.keys(schema)) if (!known.has(keyword)) throw new Error(`the evaluator lacks ${keyword}`)
  const fits = (part: unknown, inner: Schema): boolean => satisfies(part, inner, root)
  if (schema.$ref && !fits(value, root.$defs[schema.$ref.split('/').pop()])) return false
  if (schema.type && !typed(value, schema.type)) return false
  if ('const' in schema && value !== schema.const) return false
  if (schema.enum && !schema.enum.includes(value)) return false
  if (schema.allOf?.some((inner: Schema) => !fits(value, inner))) return false
  if (schema.if && fits(value, schema.if) && !fits(value, schema.then)) return false
  if (isObject(value)) {
    if (schema.required?.some((key: string) => !Object.hasOwn(value, key))) return false
    for (const [key, part] of Object.entries(value)) {
      if (schema.propertyNames && !fits(key, schema.propertyNames)) return false
      const inner =
        schema.properties && Object.hasOwn(schema.properties, key)
          ? schema.properties[key]
          : schema.additionalProperties
      if (inner && !fits(part, inner)) return false
    }
  }
  if (Array.isArray(value)) {
    if (value.length < (schema.minItems ?? 0) || value.length > (schema.maxItems ?? Number.POSITIVE_INFINITY))
      return false
    if (schema.uniqueItems && new Set(value.map((part) => JSON.stringify(part))).size !== value.length) return false
    if (schema.items && !value.every((part) => fits(part, schema.items))) return false
    if (schema.contains && !value.some((part) => fits(part, schema.contains))) return false
  }
  if (typeof value === 'string') {
    if (value.length < (schema.minLength ?? 0)) return false
    if (schema.pattern && !new RegExp(schema.pattern).test(value)) return false
  }
  if (typeof value === 'number') {
    if (value < (schema.minimum ?? Number.NEGATIVE_INFINITY)) return false
    if (schema.exclusiveMinimum !== undefined && value <= schema.exclusiveMinimum) return false
  }
  return true
}
