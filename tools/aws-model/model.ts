/** The parts of a botocore service model that become facts. Reading is strict: an unknown shape type stops the tool. */
export interface ModelShape {
  readonly type: string;
  readonly required?: readonly string[];
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly min?: number;
  readonly max?: number;
  readonly pattern?: string;
  readonly enum?: readonly string[];
  readonly sensitive?: boolean;
}

export interface ServiceModel {
  readonly metadata: { readonly apiVersion: string; readonly jsonVersion: string; readonly targetPrefix: string };
  readonly operations: Readonly<
    Record<
      string,
      {
        readonly input?: { readonly shape: string };
        readonly output?: { readonly shape: string };
        readonly errors?: readonly { readonly shape: string }[];
      }
    >
  >;
  readonly shapes: Readonly<Record<string, ModelShape>>;
}

/** Parses the model's text; throws with the missing part's name if it is not a JSON-protocol service model. */
export function readModel(text: string): ServiceModel {
  const model: unknown = JSON.parse(text);
  for (const part of ['metadata', 'operations', 'shapes']) {
    if (typeof model !== 'object' || model === null || !(part in model)) {
      throw new Error(`not a service model: it has no "${part}"`);
    }
  }
  return model as ServiceModel;
}
