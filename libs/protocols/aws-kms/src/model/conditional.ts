import type { Violations } from './result.js';

/** The model's own bound, looked at once more for the advice. */
const MOST_PLAINTEXT = 4096;

/** Requirements that depend on other members; the model can only say "optional" for these. */
export function checkConditions(
  operation: string,
  input: Readonly<Record<string, unknown>>,
  violations: Violations,
): void {
  switch (operation) {
    case 'Decrypt':
    case 'ReEncrypt': {
      // The ciphertext may be missing only from a dry run that says so.
      const modifiers = input['DryRunModifiers'];
      const ignored = input['DryRun'] === true && Array.isArray(modifiers) && modifiers.includes('IGNORE_CIPHERTEXT');
      if (input['CiphertextBlob'] === undefined && !ignored) {
        violations.addNull('ciphertextBlob');
      }
      return;
    }
    case 'Encrypt': {
      const plaintext = input['Plaintext'];
      if (plaintext instanceof Uint8Array && plaintext.length > MOST_PLAINTEXT) {
        violations.advise('Encrypt larger data with a data key (GenerateDataKey).');
      }
      return;
    }
    default:
      return;
  }
}
