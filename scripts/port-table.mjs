// The table port × adapter × server × result of the closing summary. It counts what ran, test by test: an adapter is a
// folder below libs/adapters, its port is the folder's first words, and a test's server is the one that the suite around
// it has announced (test/support/external.ts). Nothing is listed because it should have run.

/** First words of an adapter's folder → its port. */
const ports = {
  anchor: 'Anchor',
  'audit-journal': 'AuditJournal',
  'event-store': 'EventStore',
  hsm: 'Hsm',
  queue: 'JobQueue',
  seal: 'Seal',
  'sealed-store': 'SealedStore',
};
const noServer = 'none: within this process';

const adapterOf = (path) => /^libs\/adapters\/([^/]+)\//.exec(path)?.[1];

/** `sealed-store-sqlite` is a SealedStore, no Seal: the longest words win. */
export function portOf(adapter) {
  const names = Object.keys(ports).filter((name) => adapter.startsWith(`${name}-`));
  const name = names.sort((a, b) => b.length - a.length)[0];
  return name === undefined ? '(no port)' : ports[name];
}

/** What a note announces, in a few words. */
function serverText({ name, detail }) {
  return detail.toLowerCase().includes(name.toLowerCase()) ? detail : `${name} (${detail})`;
}

/** Notes that speak of this test: those of a `describe` around it, and those of the whole file. */
export function notesOf(test, notes) {
  return notes.filter((note) => note.under === undefined || test.ancestorTitles.includes(note.under));
}

function serverOf(test, notes) {
  const servers = new Set(notesOf(test, notes).map(serverText));
  return servers.size === 0 ? noServer : [...servers].sort().join(' + ');
}

/**
 * @param suites [{path, tests: [{ancestorTitles, status}]}]
 * @param notes  [{kind, name, detail, suite, under?}]
 * @returns [[port, adapter, server, result]], sorted; a server that was not there is a row of its own
 */
export function portRows(suites, notes) {
  const rows = new Map();
  const row = (adapter, server) => {
    const key = JSON.stringify([portOf(adapter), adapter, server]);
    if (!rows.has(key)) rows.set(key, { passed: 0, failed: 0, missing: false });
    return rows.get(key);
  };
  for (const { path, tests } of suites) {
    const adapter = adapterOf(path);
    if (adapter === undefined) continue;
    const own = notes.filter((note) => note.suite === path);
    const against = own.filter((note) => note.kind === 'against');
    for (const test of tests) {
      if (test.status === 'passed') row(adapter, serverOf(test, against)).passed += 1;
      if (test.status === 'failed') row(adapter, serverOf(test, against)).failed += 1;
    }
    for (const note of own) if (note.kind === 'not-run') row(adapter, serverText(note)).missing = true;
  }
  return [...rows]
    .map(([key, { passed, failed, missing }]) => {
      const counts = `${passed} passed${failed > 0 ? `, ${failed} FAILED` : ''}`;
      return [...JSON.parse(key), missing && passed + failed === 0 ? 'NOT RUN' : counts];
    })
    .sort((a, b) => (a.join('\0') < b.join('\0') ? -1 : 1));
}

/** The rows in columns under a heading; no lines without rows. */
export function portLines(rows) {
  if (rows.length === 0) return [];
  const all = [['port', 'adapter', 'server', 'tests'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd();
  return ['PORTS', ...all.map(line)];
}
