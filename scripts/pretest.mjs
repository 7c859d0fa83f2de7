// What the tests use beside npm's packages: the AWS CLI that people have, a load generator that is not JavaScript, and
// the servers of the cluster profile, which suites start themselves, in private, on free ports. Installed when that is
// possible here; otherwise says what to install. Never fails: a test that misses one of them is listed as NOT RUN.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const needs = [
  // The path counts: another `aws` on the PATH may be another CLI.
  { package: 'awscli', found: () => executable('/usr/bin/aws') },
  { package: 'wrk', found: () => onPath('wrk') },
  { package: 'redis-server', found: () => onPath('redis-server') },
  { package: 'redis-tools', found: () => onPath('redis-cli') },
  // Debian keeps PostgreSQL's own programs off the PATH.
  { package: 'postgresql', found: () => onPath('initdb') || postgresVersions().length > 0 },
  { package: 'softhsm2', found: () => onPath('softhsm2-util') },
  { package: 'opensc', found: () => onPath('pkcs11-tool') },
  { package: 'openssl', found: () => onPath('openssl') },
  // Checks the compose files; no engine is needed for that.
  { package: 'docker-compose', found: () => onPath('docker-compose') },
];

function executable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function postgresVersions() {
  const folder = '/usr/lib/postgresql';
  return existsSync(folder)
    ? readdirSync(folder).filter((name) => executable(join(folder, name, 'bin', 'initdb')))
    : [];
}

function onPath(name) {
  return (process.env.PATH ?? '').split(delimiter).some((folder) => executable(join(folder, name)));
}

function apt(...args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', ['-q', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] }).status === 0;
}

const missing = () => needs.filter((need) => !need.found()).map((need) => need.package);
const before = missing();
if (before.length > 0) {
  const command = `apt-get install -y --no-install-recommends ${before.join(' ')}`;
  const may = process.platform === 'linux' && process.getuid?.() === 0 && onPath('apt-get');
  if (may) {
    process.stdout.write(`pretest: ${command}\n`);
    if (!apt(...command.split(' ').slice(1))) {
      apt('update');
      apt(...command.split(' ').slice(1));
    }
  }
  const after = missing();
  if (after.length > 0) {
    process.stdout.write(
      `pretest: missing ${after.join(', ')}${may ? ' (apt-get could not install it)' : ''}. To run every test: ` +
        `sudo apt-get install ${after.join(' ')}\n`,
    );
  }
}
