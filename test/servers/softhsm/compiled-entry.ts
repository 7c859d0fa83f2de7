import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

export interface CompiledEntryOptions {
  /** False: as on a machine where no package is installed. True when absent. */
  readonly packages?: boolean;
  /** Compile all libs, for processes that use the adapter as a whole; false when absent. */
  readonly allLibs?: boolean;
}

/** Threads load compiled files only: the entry of the adapter's threads, compiled as the build does it, in a temporary folder. */
export class CompiledEntry {
  private constructor(private readonly folder: string) {}

  static make({ packages = true, allLibs = false }: CompiledEntryOptions = {}): CompiledEntry {
    const root = repositoryRoot();
    const folder = mkdtempSync(join(tmpdir(), 'claviger-pkcs11-'));
    const compiler = join(root, 'node_modules/.bin/swc');
    const sources = [allLibs ? 'libs' : 'libs/adapters/hsm-pkcs11/src', '-d', folder, '--ignore', '**/*.spec.ts'];
    execFileSync(process.execPath, [compiler, ...sources], { cwd: root, stdio: 'pipe' });
    if (packages) symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    return new CompiledEntry(folder);
  }

  get url(): URL {
    return pathToFileURL(join(this.folder, 'libs/adapters/hsm-pkcs11/src/token-worker.js'));
  }

  /** The adapter's index, for `import` in another process; needs `allLibs`. */
  index(lib: 'adapters/hsm-pkcs11' | 'platform' | 'crypto'): string {
    return pathToFileURL(join(this.folder, 'libs', lib, 'src/index.js')).href;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function repositoryRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package-lock.json'))) folder = dirname(folder);
  return folder;
}
