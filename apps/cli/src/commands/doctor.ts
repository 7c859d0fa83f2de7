import type { AddCommand } from '../cli.js';
import type { Examination } from '../http/api.js';
import { answer } from '../output/answer.js';
import { printable } from '../output/printable.js';
import { openSession } from '../session.js';

/** `claviger doctor` */
export const doctor: AddCommand = (parent, cli) => {
  const command = parent
    .command('doctor')
    .description('look for what is wrong although no call fails; exit code 1 when there is a problem');
  command.action(async () => {
    const { client, io, json } = openSession(command, cli);
    const found = await client.get<Examination>('/doctor');
    answer(io, json, found, () => report(found));
    if (found.findings.some(({ severity }) => severity === 'problem')) cli.result.code = 1;
  });
};

function report({ findings, versions, material }: Examination): string {
  const lines = findings.flatMap(({ severity, check, subject, message, advice }) => [
    `${severity.toUpperCase().padEnd(7)}  ${check}: ${printable(subject)}`,
    `         ${printable(message)}`,
    ...(advice === null ? [] : [`         ${printable(advice)}`]),
    '',
  ]);
  const wrong = findings.filter(({ severity }) => severity !== 'note').length;
  const looked = `Looked at ${counted(versions, 'version')} of keys and ${counted(material, 'piece')} of material:`;
  return `${lines.map((line) => `${line}\n`).join('')}${looked} ${wrong === 0 ? 'nothing is wrong' : `${wrong} found`}.\n`;
}

const counted = (count: number, thing: string): string => `${count} ${thing}${count === 1 ? '' : 's'}`;
