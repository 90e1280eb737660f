const LIBRARIES = { logistic: 'Scikit-learn', forest: 'Scikit-learn', boosted: 'Others', mlp: 'PyTorch' }

const WORDS = {
  logistic: 'Logistic regression',
  forest: 'Random forest',
  boosted: 'Boosted trees',
  mlp: 'Neural network with one hidden layer',
}

/**
 * The description of a digit classifier, or, without an entry, of what a user wants. All name the ten digits, so that
 * they stand in one island; a model gives 0 to the digits it has not seen.
 * @param {{ features: object[], classes: string[] }} catalogue
 * @param {{ classes: string[], kind: string, trainRows: number, claim: object }} [entry]
 */
export function describe(catalogue, entry) {
  const { features, classes } = catalogue
  const description = {
    Data: { Type: 'Class', Values: ['Table'] },
    Task: { Type: 'Class', Values: ['Classification'] },
    Library: { Type: 'Class', Values: entry ? [LIBRARIES[entry.kind]] : [] },
    Scenario: { Type: 'Tag', Values: ['Computer'] },
    License: { Type: 'Class', Values: entry ? ['Apache-2.0'] : [] },
    Input: {
      Dimension: features.length,
      Description: Object.fromEntries(features.map(({ concept }, i) => [String(i), concept])),
    },
    Output: {
      Dimension: classes.length,
      Description: Object.fromEntries(classes.map((name, i) => [String(i), `probability of the digit ${name}`])),
    },
    LDL: {
      version: 1,
      inputs: features.map(({ name, concept, kind, unit, range, centre, scale }) => ({
        name,
        concept,
        kind,
        unit,
        range,
        centre,
        scale,
      })),
      output: { kind: 'probabilities', classes },
      objective: { metric: 'error', direction: 'min' },
    },
  }
  if (!entry) return description
  return {
    ...description,
    Name: { Type: 'String', Values: `Digits ${entry.classes.join(', ')}` },
    Description: {
      Type: 'String',
      Values: `${WORDS[entry.kind]} for the handwritten digits ${entry.classes.join(', ')}, trained on ${entry.trainRows} images of 8 × 8 pixels, most of them ${entry.classes[0]} and ${entry.classes[1]}.`,
    },
    LDL: { ...description.LDL, claim: entry.claim },
  }
}
