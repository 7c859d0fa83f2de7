import { KEY_SPECS, KEY_USAGES, PROTECTION_LEVELS } from '@claviger/domain';
import { examples, oneOf, pair, several } from '../../arguments.js';
import type { AddCommand } from '../../cli.js';
import { Failure } from '../../failure.js';
import type { Alias, Key } from '../../http/api.js';
import { answer } from '../../output/answer.js';
import { openSession } from '../../session.js';
import { keyFacts } from './shown.js';

interface Options {
  readonly usage: string;
  readonly spec?: string;
  readonly environment?: string;
  readonly dataClass?: string;
  readonly protectionLevel?: string;
  readonly owner?: string;
  readonly use?: readonly string[];
  readonly description?: string;
  readonly tag?: readonly string[];
  readonly rollbackWindow?: string;
  readonly purgeProtection?: boolean;
  readonly alias?: string;
}

/** `claviger key create` */
export const keyCreate: AddCommand = (parent, cli) => {
  const command = parent
    .command('create')
    .description('make a key')
    .option('--usage <usage>', `purpose: ${KEY_USAGES.join(', ')}`, oneOf('--usage', KEY_USAGES), 'ENCRYPT_DECRYPT')
    .option('--spec <spec>', 'algorithm; SYMMETRIC_DEFAULT (AES-256-GCM) by default', oneOf('--spec', KEY_SPECS))
    .option('--environment <name>', "environment, like prod; the account's default otherwise")
    .option('--data-class <class>', 'public, internal, confidential or restricted')
    .option(
      '--protection-level <level>',
      "SOFTWARE, or HSM: made in the token; the account's default otherwise",
      oneOf('--protection-level', PROTECTION_LEVELS),
    )
    .option('--owner <name>', 'team or person that answers for it')
    .option('--use <use>', 'what it is for, like jwt-signing; may be repeated', several)
    .option('--description <text>', 'free text')
    .option('--tag <key=value>', 'tag; may be repeated', several)
    .option('--rollback-window <duration>', 'how long a rotation can be undone; P7D by default')
    .option('--purge-protection', 'nobody can shorten the wait before its deletion')
    .option('--alias <alias/name>', 'give it this alias at once')
    .addHelpText(
      'after',
      examples(
        'claviger key create --alias alias/orders --environment prod --data-class confidential',
        'claviger key create --protection-level HSM --alias alias/payments',
        'claviger key create --usage SIGN_VERIFY --spec ECC_NIST_P256 --use jwt-signing',
      ),
    );
  command.action(async (options: Options) => {
    const { client, io, json } = openSession(command, cli);
    const {
      usage,
      spec,
      environment,
      dataClass,
      protectionLevel,
      owner,
      use,
      description,
      tag,
      rollbackWindow,
      purgeProtection,
      alias,
    } = options;
    const tags = tag?.map((text) => {
      const [key, value] = pair('--tag', text);
      return { key, value };
    });
    // Members that are undefined are not sent.
    const body = {
      usage,
      spec,
      environment,
      dataClass,
      protectionLevel,
      owner,
      uses: use,
      description,
      tags,
      rollbackWindow,
      purgeProtection,
    };
    const made = await client.post<Key>('/keys', body);
    if (alias !== undefined) {
      try {
        await client.post<Alias>('/aliases', { name: alias, key: made.keyId });
      } catch (error) {
        if (!(error instanceof Failure)) throw error;
        throw new Failure(`The key ${made.keyId} was made, but without its alias: ${error.message}`, error.problem);
      }
    }
    answer(io, json, made, () => keyFacts(io, made, alias === undefined ? [] : [alias]));
  });
};
