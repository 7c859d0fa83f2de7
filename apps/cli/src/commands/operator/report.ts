import type { AddCommand } from '../../cli.js';
import type { Report } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { printable } from '../../output/printable.js';
import { openSession } from '../../session.js';

/** `claviger operator report` */
export const operatorReport: AddCommand = (parent, cli) => {
  const command = parent.command('report').description('what the service found that a person has to decide');
  command.action(async () => {
    const { client, io, json } = openSession(command, cli);
    const found = await client.get<Report>('/operator/report');
    answer(io, json, found, () => inWords(found));
  });
};

const WAITING: Readonly<Record<string, string>> = {
  use: 'Key use, destruction and retirement wait.',
  destruction: 'Destruction and retirement wait; keys can be used.',
};

function inWords({ report, holds }: Report): string {
  if (holds.length === 0) return 'Nothing waits for a decision.\n';
  const lines = holds.flatMap(({ kind, stops, findings }) => [
    `${kind}: ${WAITING[stops] ?? stops}`,
    ...findings.map((finding) => `  ${printable(finding)}`),
    '',
  ]);
  lines.push(
    'If all of it is as it should be, accept it, and say why:',
    '',
    `  claviger operator accept --report ${report} --reason "..."`,
  );
  return lines.map((line) => `${line}\n`).join('');
}
