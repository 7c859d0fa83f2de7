// npm run test:fault                      the fault suites in their long form, one after the other
// npm run test:fault -- --planted [words]  shows that they fail: each fault of planted/faults.mjs must be noticed by its suite
// npm run test:fault -- <arguments>        other arguments go to jest
// node test/servers/run.mjs fault/revocations  1,000 revocations on four nodes under load, with figures (--help)
const [, , first, ...rest] = process.argv;
if (first === '--planted') {
  const { runPlanted } = await import('./planted/run.mjs');
  process.exitCode = runPlanted(rest);
} else {
  process.env.FAULT_TESTS = 'long';
  if (first === undefined) process.argv.push('test/fault');
  process.argv.push('--maxWorkers=1');
  await import('../../scripts/test.mjs');
}
