/** `npm run test:fault` runs the long form, `npm test` the short one. */
const long = process.env['FAULT_TESTS'] === 'long';

/** How often, how many: the first number in the short form, the second in the long one. */
export const shortOrLong = (short: number, full: number): number => (long ? full : short);
