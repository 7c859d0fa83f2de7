import { spawnSync } from 'node:child_process';

/** Numbers the steps and keeps count of what went wrong. */
export function narrator() {
  let steps = 0;
  let failures = 0;
  const bold = (text) => (process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : text);
  const say = (text) => process.stdout.write(`${text.replaceAll(/^/gm, '    ')}\n`);
  return {
    say,
    step: (text) => {
      steps += 1;
      process.stdout.write(`\n${bold(`${steps}. ${text}`)}\n`);
    },
    fail: (text) => {
      failures += 1;
      process.stdout.write(`    FAILED: ${text}\n`);
    },
    finish: () => {
      process.stdout.write(`\n${steps} steps, ${failures} failed\n`);
      process.exitCode = failures === 0 ? 0 : 1;
    },
  };
}

const MOST_SHOWN = 900;

/** A command-line tool whose calls are shown as a person would type them. */
export function cli(program, argumentsOf, env, shownAs) {
  const run = (args) => {
    process.stdout.write(`    $ ${shownAs} ${args.map(quoted).join(' ')}\n`);
    return spawnSync(program, argumentsOf(args), { env, encoding: 'utf8' });
  };
  const text = (...args) => {
    const { status, stdout, stderr } = run(args);
    if (status !== 0) throw new Error(`${shownAs} ${args[0]} ended with ${status}: ${stderr.trim()}`);
    return stdout.trim();
  };
  const show = (answer) => {
    process.stdout.write(`${answer.slice(0, MOST_SHOWN).replaceAll(/^/gm, '    ')}\n`);
    return answer;
  };
  return {
    text,
    silent: (...args) => void text(...args),
    json: (...args) => JSON.parse(show(text(...args))),
    refused: (exception, ...args) => {
      const { status, stderr } = run(args);
      if (status === 0) throw new Error(`${args[0]} was answered; ${exception} was expected`);
      if (!stderr.includes(exception)) throw new Error(`${exception} was expected, found: ${stderr.trim()}`);
      show(stderr.trim());
    },
  };
}

const quoted = (text) =>
  /^[\w@%+=:,./-]+$/.test(text) && text.length < 60 ? text : `'${text.length > 60 ? `${text.slice(0, 24)}…` : text}'`;
