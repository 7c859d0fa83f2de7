// One of several processes that store records under the same references at once; prints what each reference holds.
// Arguments: host, port, database, user, password file, records, name of this process.
import { createHash } from 'node:crypto';
import { openPostgresSealedStore } from '@claviger/adapters/sealed-store-postgres';
import { JsonLogger, SystemClock } from '@claviger/platform';

const [, , host = '', port = '', database = '', user = '', passwordFile = '', count = '', name = ''] = process.argv;
const logger = new JsonLogger({ clock: new SystemClock(), level: 'warn', sink: (line) => process.stderr.write(line) });
const store = await openPostgresSealedStore({ host, port: Number(port), database, user, passwordFile, logger });
const answers = await Promise.all(
  Array.from({ length: Number(count) }, async (_, i) => {
    const own = createHash('sha256').update(`${name} ${i}`).digest();
    const record = await store.putIfAbsent({
      reference: `0198a000-0000-8000-8000-${i.toString(16).padStart(12, '0')}`,
      kind: 'material',
      wrappedKey: own,
      blob: own,
      about: '{}',
    });
    return Buffer.from(record.blob).toString('hex');
  }),
);
await store.close();
process.stdout.write(`${JSON.stringify(answers)}\n`);
