/** A request body that the operation's handler never sees. */
export interface InputError {
  readonly type: 'SerializationException' | 'ValidationException';
  /** SerializationException for text that is not JSON has none, as at AWS. */
  readonly message: string | undefined;
}

export type InputResult<T> =
  | { readonly ok: true; readonly input: T }
  | { readonly ok: false; readonly error: InputError };

/** Thrown inside the model's readers only, when a JSON value has the wrong type; `readInput` turns it into a result. */
export class WrongJsonType extends Error {}

/** Printed values are cut here: the answer to a bad request must not be much larger than an ordinary one. */
const PRINTED_CHARACTERS = 4096;
/** More violations than this in one body are counted, but not spelled out. */
const PRINTED_VIOLATIONS = 64;

/** Collects broken constraints of one request and phrases them as AWS does. */
export class Violations {
  private count = 0;
  private readonly texts: string[] = [];
  private hint = '';

  get isEmpty(): boolean {
    return this.count === 0;
  }

  /** @param value what to print; undefined for blobs and sensitive members, whose values are never repeated */
  add(path: string, value: string | undefined, says: string): void {
    this.count += 1;
    if (this.texts.length < PRINTED_VIOLATIONS) {
      const printed = value === undefined ? '' : ` '${cut(value)}'`;
      this.texts.push(`Value${printed} at '${path}' failed to satisfy constraint: ${says}`);
    }
  }

  /** A required member that is absent, or a null inside a list or map. */
  addNull(path: string): void {
    this.count += 1;
    if (this.texts.length < PRINTED_VIOLATIONS) {
      this.texts.push(`Value null at '${cut(path)}' failed to satisfy constraint: Member must not be null`);
    }
  }

  /** A sentence of ours after AWS's: what to do instead. */
  advise(sentence: string): void {
    this.hint = `. ${sentence}`;
  }

  toError(): InputError {
    const noun = this.count === 1 ? 'error' : 'errors';
    return {
      type: 'ValidationException',
      message: `${this.count} validation ${noun} detected: ${this.texts.join('; ')}${this.hint}`,
    };
  }
}

function cut(value: string): string {
  return value.length <= PRINTED_CHARACTERS ? value : `${value.slice(0, PRINTED_CHARACTERS)}...`;
}
