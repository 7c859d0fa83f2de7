import {
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { TestServer } from '@claviger/testing';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('a restart', () => {
  it.each(['stop', 'kill'] as const)(
    'after a %s finds every key, alias, version, ciphertext and record',
    async (how) => {
      await using server = new TestServer();
      await server.start();
      const ciphertexts: Uint8Array[] = [];
      const keys: string[] = [];
      for (let n = 0; n < 5; n += 1) {
        const { KeyMetadata } = await server.kmsClient().send(new CreateKeyCommand({ Description: `key ${n}` }));
        const KeyId = KeyMetadata?.KeyId ?? '';
        keys.push(KeyId);
        await server.kmsClient().send(new CreateAliasCommand({ AliasName: `alias/key-${n}`, TargetKeyId: KeyId }));
        for (let round = 0; round < 3; round += 1) {
          const { CiphertextBlob } = await server
            .kmsClient()
            .send(new EncryptCommand({ KeyId, Plaintext: text(`${n}/${round}`) }));
          ciphertexts.push(CiphertextBlob ?? new Uint8Array());
          await server.kmsClient().send(new RotateKeyOnDemandCommand({ KeyId }));
        }
      }
      const search = '/api/v1/audit?operation=Encrypt&limit=100';
      const before = await server.admin('GET', search);
      await server[how]();
      await server.restart();

      const kms = server.kmsClient();
      for (const [index, CiphertextBlob] of ciphertexts.entries()) {
        const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob }));
        expect(Plaintext).toEqual(text(`${Math.floor(index / 3)}/${index % 3}`));
      }
      for (const [n, keyId] of keys.entries()) {
        const versions = await server.admin('GET', `/api/v1/keys/${encodeURIComponent(`alias/key-${n}`)}/versions`);
        expect(versions.body).toMatchObject({ key_id: keyId });
        expect((versions.body as { versions: unknown[] }).versions).toHaveLength(4);
      }
      const after = await server.admin('GET', search);
      expect(before.status).toBe(200);
      expect((before.body as { items: unknown[] }).items).toHaveLength(15);
      expect(after.body).toEqual(before.body);
    },
    120_000,
  );
});
