const LIBRARIES = {
  ridge: 'Scikit-learn',
  forest: 'Scikit-learn',
  support: 'Scikit-learn',
  boosted: 'Others',
  mlp: 'PyTorch',
}

const WORDS = {
  ridge: 'Ridge regression',
  forest: 'Random forest',
  support: 'Support vector regression',
  boosted: 'Boosted trees',
  mlp: 'Neural network with two hidden layers',
}

/**
 * The description of a sales model, or, without an entry, of what a user wants.
 * @param {{ features: object[] }} catalogue
 * @param {{ store: string, kind: string, trainRows: number, claim: object }} [entry]
 */
export function describe(catalogue, entry) {
  const { features } = catalogue
  const description = {
    Data: { Type: 'Class', Values: ['Table'] },
    Task: { Type: 'Class', Values: ['Regression'] },
    Library: { Type: 'Class', Values: entry ? [LIBRARIES[entry.kind]] : [] },
    Scenario: { Type: 'Tag', Values: ['Business'] },
    License: { Type: 'Class', Values: entry ? ['Others'] : [] },
    Input: {
      Dimension: features.length,
      Description: Object.fromEntries(features.map(({ concept }, i) => [String(i), concept])),
    },
    Output: {
      Dimension: 1,
      Description: { 0: 'sales of an open day, at least seven days ahead, as ratio to the trailing mean' },
    },
    LDL: {
      version: 1,
      inputs: features.map(({ name, concept, kind, unit, centre, scale }) => ({
        name,
        concept,
        kind,
        unit,
        centre,
        scale,
      })),
      output: { kind: 'real', unit: 'ratio to trailing mean' },
      objective: { metric: 'mse', direction: 'min' },
    },
  }
  if (!entry) return description
  return {
    ...description,
    Name: { Type: 'String', Values: `Daily sales of Rossmann shop ${entry.store}` },
    Description: {
      Type: 'String',
      Values: `${WORDS[entry.kind]} trained on ${entry.trainRows} open days of Rossmann shop ${entry.store}. For research only, under the rules of the Kaggle competition rossmann-store-sales.`,
    },
    LDL: { ...description.LDL, claim: entry.claim },
  }
}
