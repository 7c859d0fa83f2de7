import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { extension } from './extension.js';
import { factsOf, printFacts } from './facts.js';
import { implemented } from './implemented.js';
import { readModel } from './model.js';
import { printTypes } from './types.js';

/** Where the generated files live, relative to the repository. */
export const TARGET = 'libs/protocols/aws-kms/src/model';

/** Every generated file by name; the same model always gives the same bytes. */
export function generate(modelText: string): Record<string, string> {
  const facts = factsOf(readModel(modelText), extension);
  for (const operation of implemented) {
    if (facts.operations[operation] === undefined) {
      throw new Error(`listed as implemented, but not in the model: ${operation}`);
    }
  }
  return { 'facts.json': printFacts(facts), ...printTypes(facts, implemented) };
}

/** Writes the files into the repository (the current folder) and returns their paths. */
export function writeGenerated(modelPath: string): string[] {
  const files = generate(readFileSync(modelPath, 'utf8'));
  return Object.entries(files).map(([name, text]) => {
    const path = join(TARGET, name);
    writeFileSync(path, text);
    return path;
  });
}
