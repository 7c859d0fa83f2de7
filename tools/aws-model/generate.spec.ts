import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requireExternal } from '../../test/support/external.js';
import { factsOf, printFacts } from './facts.js';
import { generate, TARGET } from './generate.js';
import { readModel } from './model.js';
import { printTypes } from './types.js';

// The repository's root is Jest's root folder; the model lies beside the repository and is not part of it.
const modelPath = process.env['AWS_KMS_MODEL'] ?? '../shared/models/aws-kms-service-2.json';
const whereTheModelIs = requireExternal(
  'aws-kms-model',
  existsSync(modelPath) ? modelPath : undefined,
  'neither AWS_KMS_MODEL nor ../shared/models/aws-kms-service-2.json exists',
);

const small = JSON.stringify({
  metadata: { apiVersion: '2014-11-01', jsonVersion: '1.1', targetPrefix: 'T', documentation: 'prose' },
  documentation: '<p>prose</p>',
  operations: {
    Zeta: { input: { shape: 'ZetaRequest' }, errors: [{ shape: 'B' }, { shape: 'A' }], documentation: 'prose' },
    Alpha: { output: { shape: 'AlphaResponse' } },
  },
  shapes: {
    ZetaRequest: {
      type: 'structure',
      required: ['Name'],
      members: { Name: { shape: 'Name', documentation: 'prose' }, Mode: { shape: 'Mode' }, Tags: { shape: 'Tags' } },
    },
    AlphaResponse: { type: 'structure', members: { At: { shape: 'When' }, Data: { shape: 'Bytes' } } },
    Name: { type: 'string', min: 1, max: 5, pattern: '[a-z]+', documentation: 'prose' },
    Mode: { type: 'string', enum: ['ON', 'OFF'], deprecatedMessage: 'prose' },
    Tags: { type: 'list', member: { shape: 'Name' }, max: 3 },
    When: { type: 'timestamp' },
    Bytes: { type: 'blob', max: 10, sensitive: true },
    Orphan: { type: 'string' },
  },
});
const nothing = { namedOnly: [], enumValues: {}, memberBounds: {} };

whereTheModelIs('the generator of the facts table, run on the service model again', () => {
  it('gives exactly the committed files', () => {
    for (const [name, text] of Object.entries(generate(readFileSync(modelPath, 'utf8')))) {
      expect({ name, same: readFileSync(join(TARGET, name), 'utf8') === text }).toEqual({ name, same: true });
    }
  });
});

describe('the generator of the facts table', () => {
  it('keeps facts and drops prose, deprecation notes and shapes that no operation reaches', () => {
    const text = printFacts(factsOf(readModel(small), nothing));
    expect(text).not.toContain('prose');
    expect(text).not.toContain('Orphan');
    expect(JSON.parse(text)).toEqual({
      apiVersion: '2014-11-01',
      jsonVersion: '1.1',
      targetPrefix: 'T',
      namedOnly: [],
      operations: {
        Alpha: { errors: [], output: 'AlphaResponse' },
        Zeta: { errors: ['A', 'B'], input: 'ZetaRequest' },
      },
      shapes: {
        AlphaResponse: { type: 'structure', members: { At: 'When', Data: 'Bytes' } },
        Bytes: { type: 'blob', max: 10, sensitive: true },
        Mode: { type: 'string', enum: ['ON', 'OFF'] },
        Name: { type: 'string', min: 1, max: 5, pattern: '[a-z]+' },
        Tags: { type: 'list', member: 'Name', max: 3 },
        When: { type: 'timestamp' },
        ZetaRequest: { type: 'structure', required: ['Name'], members: { Name: 'Name', Mode: 'Mode', Tags: 'Tags' } },
      },
    });
  });

  it('adds enum values and narrows one member without touching others of the same shape', () => {
    const facts = factsOf(readModel(small), {
      namedOnly: ['Newer'],
      enumValues: { Mode: ['AUTO'] },
      memberBounds: { 'ZetaRequest.Name': { min: 2, max: 4 } },
    });
    expect(facts.namedOnly).toEqual(['Newer']);
    expect(facts.shapes['Mode']?.enum).toEqual(['ON', 'OFF', 'AUTO']);
    expect(facts.shapes['ZetaRequest']?.members?.['Name']).toBe('ZetaName');
    expect(facts.shapes['ZetaName']).toMatchObject({ min: 2, max: 4, pattern: '[a-z]+' });
    expect(facts.shapes['Name']).toMatchObject({ min: 1, max: 5 });
  });

  it('stops when the model has an unknown shape type, misses a shape, or the extension names no member', () => {
    const model = readModel(small);
    const withShape = (name: string, type: string) => ({ ...model, shapes: { ...model.shapes, [name]: { type } } });
    expect(() => factsOf(withShape('When', 'document'), nothing)).toThrow('When');
    const { When: _, ...shapes } = model.shapes;
    expect(() => factsOf({ ...model, shapes }, nothing)).toThrow('When');
    expect(() => factsOf(model, { ...nothing, memberBounds: { 'ZetaRequest.Nope': {} } })).toThrow('ZetaRequest.Nope');
    expect(() => readModel('{"metadata": {}}')).toThrow('operations');
  });

  it('types required input members as present and the others as possibly undefined', () => {
    const files = printTypes(factsOf(readModel(small), nothing), ['Alpha', 'Zeta']);
    expect(files['inputs.ts']).toContain('    readonly Name: string;');
    expect(files['inputs.ts']).toContain('    readonly Mode: Mode | undefined;');
    expect(files['outputs.ts']).toContain('    readonly Data?: Uint8Array | undefined;');
    expect(files['enums.ts']).toContain("export type Mode = 'ON' | 'OFF';");
  });
});
