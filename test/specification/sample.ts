import type { Description } from '../../src/specification/description/description.js'

// biome-ignore lint/suspicious/noExplicitAny: values that tests spoil at any depth.
export type Loose = any

/** Descriptions that the tests start from; fresh at every call. */
export const sales = (): Description => ({
  Data: { Type: 'Class', Values: ['Table'] },
  Task: { Type: 'Class', Values: ['Regression'] },
  Library: { Type: 'Class', Values: ['ONNX'] },
  Scenario: { Type: 'Tag', Values: ['Business', 'Retail'] },
  Name: { Type: 'String', Values: 'Weekly sales of a shop' },
  Description: {
    Type: 'String',
    Values: 'Predicts the sales of a drug store for the next week from price, day and promotion',
  },
  License: { Type: 'Class', Values: ['Apache-2.0'] },
  Input: { Dimension: 4, Description: { '0': 'price', '1': 'day', '2': 'open', '3': 'size' } },
  Output: { Dimension: 1, Description: { '0': 'sales' } },
  LDL: {
    version: 1,
    inputs: [
      { name: 'price', concept: 'price', kind: 'numeric', unit: 'EUR', range: [0, 12], missing: 'allowed' },
      { name: 'day', kind: 'categorical', categories: ['Mon', 'Tue', 'Wed'] },
      { name: 'open', kind: 'binary' },
      { name: 'size', kind: 'ordinal', categories: ['small', 'medium', 'large'] },
    ],
    output: { kind: 'real', unit: 'EUR', centre: 100, scale: 20 },
    objective: { metric: 'rmse', direction: 'min', weights: { late: 2 } },
    claim: { value: 0.2, n: 100, method: 'holdout' },
    islands: ['isl:0123456789abcdef'],
    sensitivity: 'public',
    energy: { kWh: 0.1, kgCO2e: 0.04, method: 'measured' },
    intent: 'stock planning',
    constraints: { maxLatencyMs: 20, maxBytes: 1e6, offline: true },
  },
})

export const digits = (): Description => ({
  Data: { Type: 'Class', Values: ['Table'] },
  Task: { Type: 'Class', Values: ['Classification'] },
  Library: { Type: 'Class', Values: ['Scikit-learn'] },
  Scenario: { Type: 'Tag', Values: [] },
  Name: { Type: 'String', Values: 'Digits' },
  Description: { Type: 'String', Values: 'Tells two digits apart' },
  License: { Type: 'Class', Values: [] },
  Input: { Dimension: 2, Description: {} },
  Output: { Dimension: 3, Description: { '0': 'zero' } },
  LDL: {
    version: 1,
    inputs: [
      { name: 'a', kind: 'numeric', range: [0, 16] },
      { name: 'b', kind: 'numeric', centre: 1, scale: 2 },
    ],
    output: { kind: 'probabilities', classes: ['0', '1', '2'] },
    objective: { metric: 'accuracy', direction: 'max' },
  },
})

/** Data without a language part, as descriptions of other markets come. */
export const picture = () => ({
  Data: { Type: 'Class', Values: ['Image'] },
  Task: { Type: 'Class', Values: ['Segmentation'] },
  Library: { Type: 'Class', Values: ['PyTorch'] },
  Scenario: { Type: 'Tag', Values: ['Health'] },
  Name: { Type: 'String', Values: 'Cells' },
  Description: { Type: 'String', Values: 'Outlines cells' },
  License: { Type: 'Class', Values: ['MIT'] },
})
