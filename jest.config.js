// Everything is compiled to CommonJS by swc: no Node flag is needed, and the `jest` global and hoisted jest.mock work.
// Packages that ship ES modules only must be listed in transformIgnorePatterns. A missing name shows itself
// misleadingly: Nest's loader reports a package as "missing" and exits.
const esmOnlyPackages = ['@nestjs', '@noble', 'cookie', 'content-disposition', 'commander', 'fast-check', 'pure-rand'];

export default {
  testEnvironment: 'node',
  // Tests with real files and servers share their machine with others.
  testTimeout: 20_000,
  testMatch: ['**/*.spec.ts'],
  roots: ['<rootDir>/apps', '<rootDir>/libs', '<rootDir>/test', '<rootDir>/tools'],
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  setupFiles: ['reflect-metadata'],
  moduleNameMapper: {
    '^@claviger/adapters/([^/]+)$': '<rootDir>/libs/adapters/$1/src/index.ts',
    '^@claviger/protocols/([^/]+)$': '<rootDir>/libs/protocols/$1/src/index.ts',
    '^@claviger/ports/testing$': '<rootDir>/libs/ports/src/testing.ts',
    '^@claviger/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': ['$1.js', '$1'],
  },
  transformIgnorePatterns: [`/node_modules/(?!(?:.*/node_modules/)?(?:${esmOnlyPackages.join('|')})/)`],
  transform: {
    '^.+\\.(ts|js|mjs)$': [
      '@swc/jest',
      {
        swcrc: false,
        module: { type: 'commonjs' },
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
        },
      },
    ],
  },
};
