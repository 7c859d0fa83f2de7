import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as admin from '@claviger/protocols/admin';
import { openApiText } from './document.js';

interface Operation {
  readonly operationId: string;
  readonly security?: unknown;
  readonly parameters: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>>; readonly securitySchemes: unknown };
}

let text: string;
let operations: readonly Operation[];
let document: Document;
beforeAll(async () => {
  text = await openApiText(admin);
  document = JSON.parse(text) as Document;
  operations = Object.values(document.paths).flatMap((path) => Object.values(path));
}, 60_000);

describe('the OpenAPI document', () => {
  it('is the committed one: else run `npm run openapi` and commit docs/openapi.json', () => {
    expect(readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'openapi.json'), 'utf8')).toBe(text);
  });

  it('has every route of the admin API, once', () => {
    const routes = new admin.AdminRoutes(admin.adminControllers).all;
    expect(operations.map(({ operationId }) => operationId).sort()).toEqual(
      routes.map(({ operation }) => operation).sort(),
    );
  });

  it('asks for a bearer token and promises problem details everywhere', () => {
    expect(document.components.securitySchemes).toMatchObject({ bearer: { type: 'http', scheme: 'bearer' } });
    for (const { security, responses } of operations) {
      expect(security).toEqual([{ bearer: [] }]);
      expect(responses['default']?.content).toHaveProperty(['application/problem+json']);
    }
  });

  it('lists no parameter twice', () => {
    for (const { operationId, parameters } of operations) {
      const names = parameters.map(({ name, in: place }) => `${place} ${name.toLowerCase()}`);
      expect([operationId, names.filter((name, index) => names.indexOf(name) !== index)]).toEqual([operationId, []]);
    }
  });

  it('resolves every reference', () => {
    const references = [...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name ?? '');
    expect(references.filter((name) => !(name in document.components.schemas))).toEqual([]);
  });

  it('describes every parameter, so that nobody has to guess', () => {
    const silent = operations.flatMap(({ operationId, parameters }) =>
      parameters.filter((parameter) => !('description' in parameter)).map(({ name }) => `${operationId} ${name}`),
    );
    expect(silent).toEqual([]);
  });
});
