/*
 * Checks the runtime before anything that needs it is loaded: a static import of node:sqlite on an older Node would end with an error
 * that says nothing to the person who reads it.
 */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 24 || (major === 24 && minor < 9)) {
  process.stderr.write(
    `claviger needs Node 24.9 or newer, found ${process.versions.node}. \`npm start\` uses the right one.\n`,
  );
  process.exit(1);
}
const [command, ...args] = process.argv.slice(2);
if (command === undefined) {
  const { run } = await import('./bootstrap.js');
  await run();
} else if (command === 'restore') {
  const { restoreCommand } = await import('./restore/command.js');
  process.exitCode = await restoreCommand(args);
} else {
  process.stderr.write('claviger: expected no argument, or restore <file>.\n');
  process.exitCode = 2;
}

export {};
