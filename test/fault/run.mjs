// npm run test:fault [-- arguments for jest]: the fault suites in their long form, one after the other.
process.env.FAULT_TESTS = 'long';
process.argv.push('test/fault', '--runInBand');
await import('../../scripts/test.mjs');
