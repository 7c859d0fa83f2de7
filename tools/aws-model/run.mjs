// node tools/aws-model/run.mjs <service-2.json>
// Node strips the types itself, but does not map './x.js' to './x.ts' as the compiler does: this hook does.
import { registerHooks } from 'node:module';

registerHooks({
  resolve(specifier, context, nextResolve) {
    const fromTypeScript = context.parentURL?.endsWith('.ts') === true;
    const mapped = fromTypeScript && specifier.startsWith('.') ? specifier.replace(/\.js$/, '.ts') : specifier;
    return nextResolve(mapped, context);
  },
});

const { writeGenerated } = await import('./generate.ts');
const [modelPath] = process.argv.slice(2);
if (modelPath === undefined) {
  process.stderr.write('usage: node tools/aws-model/run.mjs <path of the service model, service-2.json>\n');
  process.exitCode = 2;
} else {
  for (const written of writeGenerated(modelPath)) {
    process.stdout.write(`${written}\n`);
  }
}
