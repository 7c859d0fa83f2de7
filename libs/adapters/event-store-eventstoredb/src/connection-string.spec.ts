import { InvalidConnectionString, parseConnection } from './connection-string.js';

describe('parseConnection', () => {
  it('reads one server, its port, and the options', () => {
    const { target, channel, client, credentials } = parseConnection(
      'esdb://db.example:2114?tls=false&keepAliveInterval=20000&connection-name=node%201',
    );
    expect(target).toEqual({ kind: 'single', endpoint: { address: 'db.example', port: 2114 } });
    expect(channel).toEqual({ insecure: true });
    expect(client).toMatchObject({ keepAliveInterval: 20_000, connectionName: 'node 1' });
    expect(credentials).toBeUndefined();
  });

  it('takes port 2113 and TLS where nothing is said, and credentials with escapes', () => {
    const { target, channel, credentials } = parseConnection('esdb://ops:p%40ss@db.example');
    expect(target).toEqual({ kind: 'single', endpoint: { address: 'db.example', port: 2113 } });
    expect(channel).toEqual({ insecure: false });
    expect(credentials).toEqual({ username: 'ops', password: 'p@ss' });
  });

  it('knows clusters by a DNS name and by a list', () => {
    expect(parseConnection('esdb+discover://db.example').target).toEqual({
      kind: 'discover',
      discover: { address: 'db.example', port: 2113 },
    });
    expect(parseConnection('esdb://a:1,b:2?nodePreference=leader').target).toMatchObject({ kind: 'gossip' });
  });

  it.each([
    ['credentials without TLS', 'esdb://ops:hunter2@db.example?tls=false'],
    ['a node that may lag behind', 'esdb://ops:hunter2@a,b?nodePreference=follower'],
    ['an option that nobody knows', 'esdb://ops:hunter2@db.example?tlsVerifyCert=false'],
    ['an option that would hide conflicts', 'esdb://ops:hunter2@db.example?throwOnAppendFailure=false'],
    ['another scheme', 'http://ops:hunter2@db.example'],
    ['no host', 'esdb://ops:hunter2@'],
    ['a bad port', 'esdb://ops:hunter2@db.example:99999'],
    ['an option without value', 'esdb://ops:hunter2@db.example?tls'],
    ['a flag that is none', 'esdb://ops:hunter2@db.example?tls=maybe'],
    ['a broken escape', 'esdb://ops:hunter2%@db.example'],
    ['half a client certificate', `esdb://ops:hunter2@db.example?userCertFile=${encodeURIComponent(__filename)}`],
  ])('refuses %s, and quotes no password', (_, text) => {
    let thrown: unknown;
    try {
      parseConnection(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(InvalidConnectionString);
    expect(String(thrown)).not.toContain('hunter2');
  });
});
