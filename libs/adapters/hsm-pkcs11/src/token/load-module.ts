import { createRequire } from 'node:module';
import { type Cryptoki, messageOf } from './cryptoki.js';
import { Unusable } from './failure.js';

/** The parts of pkcs11js that load a module. */
interface Pkcs11js {
  readonly PKCS11: new () => Cryptoki & { load(path: string): void };
}

/**
 * Loads the package, which is optional, and through it the vendor's module.
 * @throws Unusable when either cannot be loaded
 */
export function loadModule(modulePath: string): Cryptoki {
  const { PKCS11 } = loadPackage();
  const module = new PKCS11();
  try {
    module.load(modulePath);
  } catch (error) {
    throw new Unusable(`the PKCS #11 module ${modulePath} cannot be loaded: ${messageOf(error)}`, { cause: error });
  }
  return module;
}

function loadPackage(): Pkcs11js {
  const require = createRequire(import.meta.url);
  try {
    return require('pkcs11js') as Pkcs11js;
  } catch (error) {
    throw new Unusable(
      `the package pkcs11js is not installed or was not built, which "npm install" does where python3, make and a C++ compiler are: ` +
        messageOf(error),
      { cause: error },
    );
  }
}
