/** Something that an operator should know about. Nothing in it is secret. */
export interface Finding {
  /** `problem`: something is wrong and needs a person; `warning`: it may become so; `note`: good to know. */
  readonly severity: 'problem' | 'warning' | 'note';
  /** What was looked at: `material`, `token`, `streams`, `anchor`, `journal`, `read-models`, `holds`, `schedule`, `seal`, `files`. */
  readonly check: string;
  /** What it is about: a reference, a stream, a path. */
  readonly subject: string;
  readonly message: string;
  /** What to do; null where there is nothing to do. */
  readonly advice: string | null;
}
