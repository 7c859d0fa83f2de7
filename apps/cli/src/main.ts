/*
 * Checks the runtime before anything that needs it is loaded, as the server does.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 9)) {
  process.stderr.write(
    `claviger needs Node 24.9 or newer, found ${process.versions.node}. \`npx claviger\` uses the right one.\n`,
  );
  process.exit(2);
}
const { run } = await import('./run.js');
const { processIo } = await import('./io.js');
process.exitCode = await run(process.argv.slice(2), processIo());

export {};
