import type { Decision } from '../../envelope.js';
import { KmsError } from '../../errors.js';
import { isSymmetric, type KeySpec, SPEC_FACTS } from '../attributes.js';
import {
  checkDataClass,
  checkDescription,
  checkEnvironment,
  checkOwner,
  checkPolicy,
  checkRetirement,
  checkRollbackWindow,
  checkUses,
} from '../checks.js';
import type { CreateKey, KeyContext, MadeMaterial } from '../commands.js';
import type { KeyCreated, KeyEvent, MaterialToken, VersionMaterial } from '../events.js';
import { checkProtectionLevel, protectionOf } from '../protection.js';
import { invalid } from '../refusals.js';
import { checkRotationPolicy } from '../rotation-checks.js';
import type { KeyAggregate } from '../state.js';
import { checkTagCount, checkTags, isReservedTag, listedTags } from '../tags.js';
import { events } from './ready.js';

const ACCOUNT = /^\d{12}$/;
const REGION = /^[a-z0-9-]{1,32}$/;
const KEY_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function createKey(state: KeyAggregate, command: CreateKey, context: KeyContext): Decision<KeyEvent> {
  if (state !== null) {
    throw new KmsError('AlreadyExists', `Key '${state.arn}' already exists`, {
      resource: state.arn,
      operation: command.type,
    });
  }
  checkCreation(command);
  // Always 1, whatever the anchor knows: a mark above 0 is this very command's earlier, unfinished run.
  if (context.material === undefined) return { kind: 'material', version: 1 };
  const material = publicPart(context.material, 1, command.spec);
  if (protectionOf(material) !== command.protectionLevel) {
    throw new KmsError(
      'Internal',
      `Key material was made for protection level ${protectionOf(material)}, asked for was ${command.protectionLevel}.`,
    );
  }
  return events({ type: 'KeyCreated', data: payload(command, material) });
}

/** Field by field, so that nothing a handler may have left on the command gets into the log. */
const payload = (command: CreateKey, material: VersionMaterial): KeyCreated['data'] => ({
  keyId: command.keyId,
  account: command.account,
  region: command.region,
  usage: command.usage,
  spec: command.spec,
  origin: 'AWS_KMS',
  environment: command.environment,
  dataClass: command.dataClass,
  owner: command.owner,
  uses: command.uses,
  description: command.description,
  tags: command.tags,
  taggedAttributes: command.taggedAttributes,
  policy: command.policy,
  rotationPolicy: command.rotationPolicy,
  rollbackWindow: command.rollbackWindow,
  retirement: command.retirement,
  purgeProtection: command.purgeProtection,
  material,
});

function checkCreation(command: CreateKey): void {
  if (!KEY_ID.test(command.keyId)) throw invalid('keyId', 'a UUID in lower case', command.keyId);
  if (!ACCOUNT.test(command.account)) throw invalid('account', '12 digits', command.account);
  if (!REGION.test(command.region)) throw invalid('region', 'a Region name', command.region);
  if (!SPEC_FACTS[command.spec].usages.includes(command.usage)) {
    throw new KmsError('Validation', `KeyUsage ${command.usage} is not compatible with KeySpec ${command.spec}`, {
      argument: 'usage',
      operation: command.type,
    });
  }
  checkEnvironment(command.environment);
  checkDataClass(command.dataClass);
  checkProtectionLevel(command.protectionLevel);
  checkOwner(command.owner);
  checkUses(command.uses);
  checkDescription(command.description);
  checkTags(command.tags);
  if (command.tags.some((tag) => isReservedTag(tag.key))) {
    throw new KmsError('InvalidTag', 'Reserved tags become attributes before a key is created', { argument: 'tags' });
  }
  checkTagCount(listedTags(command).length);
  checkPolicy(command.policy);
  checkRotationPolicy(command.rotationPolicy);
  checkRollbackWindow(command.rollbackWindow);
  checkRetirement(command.retirement);
}

const named = ({ label, serial, lacks }: MaterialToken): MaterialToken => ({ label, serial, lacks });

/** The material that was made must be the material that was asked for: anything else is a fault of ours. */
export function publicPart(made: MadeMaterial, version: number, spec: KeySpec): VersionMaterial {
  const { version: madeFor, reference, spec: madeSpec, publicKey, fingerprint, token } = made;
  const symmetricOrMac = isSymmetric(spec) || SPEC_FACTS[spec].family === 'hmac';
  if (madeFor !== version || madeSpec !== spec || (publicKey === null) !== symmetricOrMac) {
    throw new KmsError(
      'Internal',
      `Key material was made for version ${madeFor} (${madeSpec}), asked for was version ${version} (${spec}).`,
    );
  }
  return { reference, spec, publicKey, fingerprint, token: token === null ? null : named(token) };
}
