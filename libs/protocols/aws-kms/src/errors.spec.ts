import { KmsError } from '@claviger/domain';
import facts from './model/facts.json' with { type: 'json' };
import { AwsError, renderError, toWireError } from './errors.js';

const body = (thrown: unknown): unknown => JSON.parse(renderError(toWireError(thrown, 'request-1')));
const ARN = 'arn:aws:kms:us-east-1:000000000000:key/1234abcd-12ab-34cd-56ef-1234567890ab';

describe('the error table', () => {
  it('gives client faults 400 and server faults 500, with the plain exception name', () => {
    expect(toWireError(new KmsError('NotFound', 'no'), 'r')).toEqual({
      type: 'NotFoundException',
      status: 400,
      message: 'no',
    });
    expect(toWireError(new KmsError('Unavailable', 'no'), 'r')).toMatchObject({
      type: 'KeyUnavailableException',
      status: 500,
    });
    expect(body(new KmsError('NotFound', 'no'))).toEqual({ __type: 'NotFoundException', message: 'no' });
  });

  it('says nothing more about a bad ciphertext, signature or MAC, whatever the error says', () => {
    for (const [kind, __type] of [
      ['InvalidCiphertext', 'InvalidCiphertextException'],
      ['InvalidSignature', 'KMSInvalidSignatureException'],
      ['InvalidMac', 'KMSInvalidMacException'],
    ] as const) {
      expect(body(new KmsError(kind, 'padding was wrong at byte 3'))).toEqual({ __type });
    }
  });

  it('writes AccessDenied with a capital Message', () => {
    expect(body(new KmsError('AccessDenied', 'no'))).toEqual({ __type: 'AccessDeniedException', Message: 'no' });
  });

  it('repeats the domain’s sentence about a state, which says what was wrong with it', () => {
    const details = { resource: ARN, state: 'enabled' };
    expect(body(new KmsError('InvalidKeyState', `${ARN} is not pending deletion.`, details))).toEqual({
      __type: 'KMSInvalidStateException',
      message: `${ARN} is not pending deletion.`,
    });
  });

  it('gives an error of the protocol its own type', () => {
    expect(body(new AwsError('SerializationException', 'Validation', ''))).toEqual({
      __type: 'SerializationException',
    });
    expect(toWireError(new AwsError('RequestEntityTooLargeException', 'Validation', 'x', 413), 'r')).toEqual({
      type: 'RequestEntityTooLargeException',
      status: 413,
      message: 'x',
    });
  });

  it('leaves out an empty message', () => {
    expect(body(new KmsError('Unsupported', ''))).toEqual({ __type: 'UnsupportedOperationException' });
  });

  it('tells nothing of an unknown or internal error but the request id (R-2)', () => {
    for (const thrown of [
      new Error('secret at /path'),
      new KmsError('Internal', 'secret'),
      'secret',
      undefined,
      null,
    ]) {
      const wire = toWireError(thrown, 'request-1');
      expect(wire).toMatchObject({ type: 'KMSInternalException', status: 500 });
      expect(renderError(wire)).not.toContain('secret');
      expect(wire.message).toContain('request-1');
    }
  });

  it('uses only exceptions of the service model and those that its front sends', () => {
    const declared = new Set(Object.values(facts.operations).flatMap((operation) => operation.errors));
    const front = [
      'ValidationException',
      'AccessDeniedException',
      'ThrottlingException',
      'UnrecognizedClientException',
    ];
    const kinds = [
      'Validation',
      'NotFound',
      'AlreadyExists',
      'Disabled',
      'InvalidKeyState',
      'InvalidKeyUsage',
      'IncorrectKey',
      'InvalidCiphertext',
      'InvalidSignature',
      'InvalidMac',
      'InvalidAliasName',
      'InvalidArn',
      'InvalidMarker',
      'InvalidTag',
      'MalformedPolicy',
      'LimitExceeded',
      'Unsupported',
      'Unauthenticated',
      'AccessDenied',
      'Conflict',
      'PreconditionFailed',
      'DryRun',
      'Throttled',
      'Unavailable',
      'Internal',
    ] as const;
    for (const kind of kinds) {
      const { type } = toWireError(new KmsError(kind, 'x'), 'r');
      expect([...declared, ...front]).toContain(type);
    }
  });
});
