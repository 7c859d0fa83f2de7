// C0 and C1 controls, DEL, separators of lines, marks that turn the direction of text.
const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Text that others wrote (names, reasons, user agents), made harmless for a terminal: whatever could move its cursor, change its colours
 * or turn its direction is shown as an escape.
 */
export const printable = (text: string): string =>
  text.replace(HARMFUL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
