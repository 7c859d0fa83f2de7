// Writes the golden files of libs/crypto once, by hand:
//
//   npm run build && npx node tools/golden/crypto.mjs
//
// They pin formats that stored data depends on, so this refuses to overwrite one: a changed format is a new version and a
// new file. All inputs are fixed; run again in an empty folder, the same bytes come out.
import { createSecretKey } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const target = process.argv[2] ?? join(root, 'libs', 'crypto', 'src', 'golden');
const crypto = await import(pathToFileURL(join(root, 'dist', 'libs', 'crypto', 'src', 'index.js')).href);

const hex = (bytes) => Buffer.from(bytes).toString('hex');
const pattern = (length, start) => Uint8Array.from({ length }, (_, i) => (start + i) & 0xff);
const utf8 = (text) => Buffer.from(text, 'utf8');

function ciphertexts() {
  const contexts = [{}, { tenant: 'blue', app: 'billing' }, { 'größe "x"': '\u{1f512}' }];
  const fields = [
    { keyId: '0f0e0d0c-0b0a-4908-8706-050403020100', version: 1, algorithm: 'AES_128_GCM' },
    { keyId: 'ffffffff-ffff-4fff-bfff-fffffffffffe', version: 0xfffffffe, algorithm: 'AES_256_GCM' },
    { keyId: '00000000-0000-8000-8000-000000000001', version: 258, algorithm: 'XCHACHA20_POLY1305' },
  ];
  return fields.map((field, i) => {
    const sizes = crypto.AEAD_SIZES[field.algorithm];
    const key = pattern(sizes.key, 0x10 * (i + 1));
    const iv = pattern(sizes.iv, 0xa0);
    const plaintext = utf8(`plaintext of case ${i}`);
    const context = contexts[i];
    const canonicalContext = crypto.canonicalContext(context);
    const header = crypto.ciphertextHeader(field);
    const aad = crypto.ciphertextAad(header, canonicalContext);
    const encrypted = crypto.aeadEncrypt(field.algorithm, createSecretKey(key), iv, plaintext, aad);
    return {
      ...field,
      key: hex(key),
      context,
      canonicalContext,
      aad: hex(aad),
      plaintext: hex(plaintext),
      ciphertext: hex(crypto.encodeCiphertext(header, { iv, ...encrypted })),
    };
  });
}

function journal() {
  const key = pattern(32, 1);
  const link = crypto.createLinker(new crypto.HmacSha256(key));
  const records = [utf8('{"operation":"Encrypt"}'), pattern(300, 7), Uint8Array.of(0)];
  let previous = crypto.firstLink();
  const links = records.map((record) => {
    previous = link(previous, record);
    return hex(previous);
  });
  const segment = Buffer.concat([...records.map((record) => crypto.encodeFrame(record)), Buffer.alloc(16)]);
  return { key: hex(key), records: records.map(hex), links, segment: hex(segment) };
}

function macs() {
  const key = pattern(32, 0x40);
  const mac = new crypto.HmacSha256(key);
  const stream = 'key-000000000000-us-east-1-0f0e0d0c-0b0a-4908-8706-050403020100';
  const bodies = ['{"type":"KeyCreated"}', '{"type":"VersionRotated","data":{"note":"größe"}}'];
  let previousMac = new Uint8Array(0);
  const events = bodies.map((body, i) => {
    previousMac = crypto.eventMac(mac, { stream, revision: BigInt(i), previousMac, body });
    return { stream, revision: i, body, mac: hex(previousMac) };
  });
  const row = { table: 'key', primaryKey: '0f0e0d0c-0b0a-4908-8706-050403020100', body: '{"state":"ENABLED"}' };
  const sum = new crypto.HeadSum(mac);
  const heads = [
    { stream, revision: 1, mac: hex(previousMac) },
    { stream: 'account-000000000000', revision: 0, mac: hex(pattern(32, 0x99)) },
  ];
  for (const head of heads) {
    sum.add({ stream: head.stream, revision: BigInt(head.revision), mac: Buffer.from(head.mac, 'hex') });
  }
  return {
    key: hex(key),
    events,
    row: { ...row, mac: hex(crypto.rowMac(mac, row.table, row.primaryKey, row.body)) },
    heads,
    headSum: hex(sum.toBytes()),
  };
}

for (const [name, make] of Object.entries({ 'ciphertext-v1': ciphertexts, 'journal-v1': journal, 'mac-v1': macs })) {
  writeFileSync(join(target, `${name}.json`), `${JSON.stringify(make(), null, 2)}\n`, { flag: 'wx' });
  process.stdout.write(`wrote ${name}.json\n`);
}
