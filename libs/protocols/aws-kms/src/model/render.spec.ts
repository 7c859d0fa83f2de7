import { renderOutput } from './render.js';

describe('renderOutput', () => {
  it('writes blobs as base64, timestamps as epoch seconds with fraction, and leaves out absent members', () => {
    const text = renderOutput('Decrypt', {
      Plaintext: new Uint8Array([104, 105]),
      KeyId: 'k',
      KeyMaterialId: undefined,
    });
    expect(text).toBe('{"KeyId":"k","Plaintext":"aGk="}');
    const metadata = {
      KeyId: 'k',
      CreationDate: new Date(1_795_000_000_500),
      EncryptionAlgorithms: ['SYMMETRIC_DEFAULT' as const],
    };
    expect(renderOutput('DescribeKey', { KeyMetadata: metadata })).toBe(
      '{"KeyMetadata":{"KeyId":"k","CreationDate":1795000000.5,"EncryptionAlgorithms":["SYMMETRIC_DEFAULT"]}}',
    );
    expect(renderOutput('ListResourceTags', { Tags: [{ TagKey: 'a', TagValue: '' }], Truncated: false })).toBe(
      '{"Tags":[{"TagKey":"a","TagValue":""}],"Truncated":false}',
    );
  });

  it('never writes a member that the model does not have', () => {
    const output = { KeyId: 'k', Secret: 'no' };
    expect(renderOutput('RotateKeyOnDemand', output)).toBe('{"KeyId":"k"}');
  });

  it('answers an operation without output with an empty body', () => {
    expect(renderOutput('EnableKey', {})).toBe('');
  });

  it('writes only the bytes of a view, not the memory behind it', () => {
    const view = new Uint8Array([1, 104, 105, 2]).subarray(1, 3);
    expect(renderOutput('GenerateRandom', { Plaintext: view })).toBe('{"Plaintext":"aGk="}');
  });
});
