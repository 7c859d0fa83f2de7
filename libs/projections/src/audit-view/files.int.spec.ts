import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AuditFiles } from './files.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'claviger-audit-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (...names: string[]): void => names.forEach((name) => writeFileSync(join(folder, name), name));
const there = (): readonly string[] => readdirSync(folder).toSorted();

describe('the files of the audit view', () => {
  it('start with audit.db', () => {
    expect(new AuditFiles(join(folder, 'audit.db')).current()).toBe(join(folder, 'audit.db'));
  });

  it('are the one with the highest number; what a crash left of others goes, and nothing else', () => {
    const others = ['audit-x.db', 'audit-1.db.bak', 'auditor.db', 'events.db', 'audit-01.db'];
    put(
      'audit.db',
      'audit.db-wal',
      'audit-2.db',
      'audit-10.db',
      'audit-10.db-wal',
      'audit-11.db.building',
      'audit-11.db.building-wal',
      'audit-11.db.building.building',
      'audit-10.db.building',
      ...others,
    );
    expect(new AuditFiles(join(folder, 'audit.db')).current()).toBe(join(folder, 'audit-10.db'));
    expect(there()).toEqual(['audit-10.db', 'audit-10.db-wal', ...others].toSorted());
  });

  it('get the next number when a rebuilt one is complete, and not before it was closed', () => {
    put('audit-3.db');
    const files = new AuditFiles(join(folder, 'audit.db'));
    files.current();
    const building = files.next();
    put('audit-4.db.building', 'audit-4.db.building-wal');
    expect(() => files.complete()).toThrow('not closed');
    rmSync(`${building}-wal`);
    expect(files.complete()).toBe(join(folder, 'audit-4.db'));
    expect(readFileSync(join(folder, 'audit-4.db'), 'utf8')).toBe('audit-4.db.building');
    expect(existsSync(building)).toBe(false);
    expect(files.next()).toBe(join(folder, 'audit-5.db.building'));
  });

  it('refuse a path that does not end in .db', () => {
    expect(() => new AuditFiles(join(folder, 'audit'))).toThrow(RangeError);
  });
});
