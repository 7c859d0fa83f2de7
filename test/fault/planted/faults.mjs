// Faults that the suites must notice. Each is planted in a copy of the compiled code: `edits` are [file below libs/ or apps/, text, text
// instead]. `suite` and `test` say what must fail then: a suite that passes with its fault guards nothing.

export const plantedFaults = [
  {
    name: 'the journal skips its fdatasync',
    edits: [
      [
        'libs/adapters/audit-journal-segments/src/node-files.js',
        'fdatasync(this.handle.fd, done);',
        'setImmediate(done, null);',
      ],
    ],
    suite: 'power-cut.fault',
  },
  {
    name: 'the anchor skips its fdatasync, the journal too',
    edits: [
      [
        'libs/adapters/audit-journal-segments/src/node-files.js',
        'fdatasync(this.handle.fd, done);',
        'setImmediate(done, null);',
      ],
      ['libs/adapters/anchor-file/src/node-files.js', 'fdatasync(', '((_, done) => setImmediate(done, null))('],
    ],
    suite: 'power-cut.fault',
  },
  {
    name: 'success is answered before its record is durable',
    edits: [
      [
        'libs/application/src/audit-trail.js',
        "await this.write(call, 'success', undefined);",
        "void this.write(call, 'success', undefined).catch(() => undefined);",
      ],
    ],
    suite: 'disk-errors',
  },
  {
    name: 'a start drops the newest event',
    edits: [
      [
        'libs/adapters/event-store-sqlite/src/database.js',
        "db.exec('PRAGMA wal_checkpoint(TRUNCATE)');",
        "db.exec('DELETE FROM events WHERE position = (SELECT max(position) FROM events)'); db.exec('PRAGMA wal_checkpoint(TRUNCATE)');",
      ],
    ],
    suite: 'random-kills',
  },
  {
    name: 'an illegal transition: a disabled key may be used',
    edits: [['libs/domain/src/key/usable.js', 'if (key.disabled) throw keyIsDisabled(key, operation);', '']],
    suite: 'random-kills',
  },
  {
    name: 'material is promised and never stored',
    edits: [
      [
        'libs/ports/src/sealed-store/sealed-secrets.js',
        'const stored = await this.store.putIfAbsent(record);',
        "const stored = kind === 'material' ? record : await this.store.putIfAbsent(record);",
      ],
    ],
    suite: 'material-arrows',
    test: 'rotation',
  },
  {
    name: 'a destruction that began before a crash is not finished',
    edits: [
      ['libs/domain/src/key/due.js', 'if (started.length > 0) list.push({', 'if (started.length > 99) list.push({'],
    ],
    suite: 'material-arrows',
    test: 'destruction',
  },
  {
    name: 'a destruction erases nothing',
    edits: [['libs/adapters/hsm-software/src/hsm.js', 'await this.#secrets.destroy(reference);', '']],
    suite: 'material-arrows',
    test: 'destruction',
  },
  {
    name: 'a full disk is an error of ours',
    edits: [
      [
        'libs/application/src/audit-trail.js',
        'const known = portError(error);',
        'const known = error instanceof KmsError ? error : undefined;',
      ],
    ],
    suite: 'full-disk',
  },
  {
    name: 'the journal gives up for good after a failed flush',
    edits: [
      [
        'libs/adapters/audit-journal-segments/src/journal.js',
        'this.#retry = this.#settings.clock.after(delay, ()=>this.#startOpening(reason));',
        '',
      ],
    ],
    suite: 'disk-errors',
  },
  {
    name: 'the MACs of events are not looked at',
    edits: [
      [
        'libs/ports/src/event-store/chain.js',
        'return constantTimeEqual(mac, eventMac(key, {',
        'return true || constantTimeEqual(mac, eventMac(key, {',
      ],
    ],
    suite: 'edited-event',
    test: 'restart',
  },
  {
    name: 'the MACs of rows of the read model are not looked at',
    edits: [
      ['libs/projections/src/key-state/file.js', 'const expected = this.mac(table, primaryKey, body);', 'return;'],
    ],
    suite: 'edited-event',
    test: 'read model',
  },
  {
    name: 'signatures are not compared',
    edits: [['libs/protocols/aws-kms/src/sigv4/verify.js', 'if (!matches) {', 'if (false) {']],
    suite: 'signatures',
  },
  {
    name: 'doubled headers are let through',
    edits: [['libs/protocols/aws-kms/src/sigv4/verify.js', 'checkRepeated(headers, signedHeaders) ?? ', '']],
    suite: 'signatures',
  },
  {
    name: 'a signature is good for an hour',
    edits: [
      ['libs/protocols/aws-kms/src/sigv4/verify.js', 'const MAX_SKEW_MINUTES = 5;', 'const MAX_SKEW_MINUTES = 60;'],
    ],
    suite: 'signatures',
  },
  {
    name: 'the data folder is not locked',
    edits: [['apps/server/src/data-lock.js', '; BEGIN EXCLUSIVE', '']],
    suite: 'stop-and-lock',
    test: 'second process',
  },
  {
    name: 'SIGTERM ends the process at once',
    edits: [
      [
        'apps/server/src/bootstrap.js',
        "process.once('SIGTERM', ()=>stop({\n            signal: 'SIGTERM'\n        }));",
        "process.once('SIGTERM', ()=>process.exit(0));",
      ],
    ],
    suite: 'stop-and-lock',
    test: 'answers what runs',
  },
  {
    name: 'plaintexts are logged',
    edits: [
      [
        'libs/protocols/aws-kms/src/operations/dispatch.js',
        'const output = await operations[name](call, input, application);',
        "if (input.Plaintext) process.stderr.write(`${Buffer.from(input.Plaintext).toString('hex')}\\n`); const output = await operations[name](call, input, application);",
      ],
    ],
    suite: 'bad-input',
    test: 'fuzzed|secret',
  },
  {
    name: 'malformed JSON is an error of ours',
    edits: [
      [
        'libs/protocols/aws-kms/src/model/validate.js',
        '} catch  {\n        return notJson;',
        "} catch  {\n        throw new Error('not JSON');",
      ],
    ],
    suite: 'bad-input',
    test: 'JSON',
  },
  {
    name: 'cluster: success is answered before its record is in the journal',
    edits: [
      [
        'libs/application/src/audit-trail.js',
        "await this.write(call, 'success', undefined);",
        "void this.write(call, 'success', undefined).catch(() => undefined);",
      ],
    ],
    suite: 'cluster/kills',
  },
  {
    name: 'cluster: an append does not look at the revision of its stream',
    edits: [['libs/adapters/event-store-eventstoredb/src/appender.js', ': BigInt(expectedRevision),', ": 'any',"]],
    suite: 'cluster/kills',
  },
  {
    name: 'cluster: a worker does what a job says, whatever the state says',
    edits: [
      [
        'libs/application/src/processes/jobs/due-work.js',
        'const mine = actions.filter((action)=>jobIdOf(key, action) === jobId);',
        "const mine = rounds > 1 ? [] : [{ dueAt: rounds, command: { type: 'RotateKey', trigger: 'automatic', period: `again-${rounds}`, spec: null } }];",
      ],
      ['libs/domain/src/key/decide/rotate.js', 'return due === null || due > now;', 'return false;'],
    ],
    suite: 'cluster/kills',
  },
  {
    name: 'cluster: a lease never ends',
    edits: [
      [
        'libs/application/src/access/lease.js',
        'return this.clock.monotonic() < this.until;',
        'return this.until > Number.NEGATIVE_INFINITY;',
      ],
    ],
    suite: 'cluster/outages',
    test: 'event store',
  },
  {
    name: 'cluster: a revocation does not wait for the other nodes',
    edits: [
      [
        'libs/application/src/processes/nodes/heartbeats.js',
        'this.others.drained(this.folding, ()=>this.readBack())',
        'Promise.resolve()',
      ],
    ],
    suite: 'cluster/outages',
    test: 'stood still',
  },
  {
    name: 'cluster: a subscription that was resumed skips the next event of a key',
    edits: [
      [
        'libs/adapters/event-store-eventstoredb/src/follower.js',
        'await this.#pause.wait(clock, delayMs);',
        'await this.#pause.wait(clock, delayMs); this.skips = true;',
      ],
      [
        'libs/adapters/event-store-eventstoredb/src/follower.js',
        'if (record === undefined || record.position <= seen) return;',
        "if (record === undefined || record.position <= seen) return; if (this.skips && record.stream.startsWith('key-')) { this.skips = false; seen = record.position; return; }",
      ],
    ],
    suite: 'cluster/outages',
    test: 'event store',
  },
  {
    name: 'cluster: what the token cannot do now is an error of ours',
    edits: [['libs/application/src/port-errors.js', 'if (error instanceof HsmUnavailable)', 'if (false)']],
    suite: 'cluster/outages',
    test: 'token that is gone',
  },
];
