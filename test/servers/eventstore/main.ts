import { EventStoreStandIn } from './server.js';
import type { CallKind, Fault } from './knobs.js';

// The stand-in as a program of its own: `main.js <folder> [port]`. Prints one line when it serves; ends on SIGTERM and SIGINT. A parent
// that started it with an IPC channel sets faults by messages, {arm, fault, times?, containing?} or {clear: true}, asks how many calls there
// were, {count, containing?}, and it does not outlive that parent.

interface Order {
  readonly arm?: CallKind;
  readonly fault?: Fault;
  readonly times?: number;
  readonly containing?: string;
  readonly clear?: true;
  readonly count?: CallKind;
}

const [folder, port = '0'] = process.argv.slice(2);
if (folder === undefined || !/^\d{1,5}$/.test(port)) {
  process.stderr.write('usage: main.js <folder> [port]\n');
  process.exit(2);
}

const standIn = await EventStoreStandIn.start({ folder, port: Number(port) });

function stop(): void {
  standIn.stop();
  process.exit(0);
}
process.once('SIGTERM', stop);
process.once('SIGINT', stop);
// Whoever started it is gone.
process.once('disconnect', stop);

process.on('message', (order: Order) => {
  if (order.clear === true) standIn.knobs.clear();
  if (order.arm !== undefined && order.fault !== undefined) {
    const { times, containing } = order;
    standIn.knobs.arm(order.arm, order.fault, { ...(times && { times }), ...(containing && { containing }) });
  }
  const { count, containing } = order;
  process.send?.({ done: true, ...(count && { calls: standIn.knobs.calls(count, containing) }) });
});

process.stdout.write(`event store stand-in ready on ${standIn.connection}\n`);
