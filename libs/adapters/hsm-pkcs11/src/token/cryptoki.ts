/** What is used of the package pkcs11js, in types of our own: the package is optional, and may be missing where this is compiled. */

export type Handle = Buffer;

export interface Attribute {
  readonly type: number;
  readonly value?: Buffer | boolean | number | string;
}

/** `type` inside `parameter` is pkcs11js's own number for the shape of the parameter, see {@link PARAMETERS}. */
export interface Mechanism {
  readonly mechanism: number;
  readonly parameter?: Readonly<Record<string, number | Buffer | undefined>> & { readonly type: number };
}

/** pkcs11js's CK_PARAMS_…; AES_GCM_V240 is the structure with ulIvBits, as PKCS #11 v2.40 errata 1 has it. */
export const PARAMETERS = { RSA_OAEP: 4, RSA_PSS: 5, AES_GCM_V240: 7 } as const;

export interface TokenInfo {
  readonly label: string;
  readonly serialNumber: string;
  readonly manufacturerID: string;
  readonly model: string;
  readonly flags: number;
}

/** Every call blocks its thread, and throws what {@link codeOf} reads. Lists of attributes are changed by the callee: pass fresh ones. */
export interface Cryptoki {
  C_Initialize(options: { flags: number }): void;
  C_Finalize(): void;
  C_GetSlotList(tokenPresent: boolean): Handle[];
  C_GetTokenInfo(slot: Handle): TokenInfo;
  C_GetMechanismInfo(slot: Handle, mechanism: number): { minKeySize: number; maxKeySize: number };
  C_OpenSession(slot: Handle, flags: number): Handle;
  C_CloseSession(session: Handle): void;
  C_Login(session: Handle, userType: number, pin: string): void;
  C_FindObjectsInit(session: Handle, template: Attribute[]): void;
  C_FindObjects(session: Handle, maxCount: number): Handle[];
  C_FindObjectsFinal(session: Handle): void;
  C_GetAttributeValue(session: Handle, object: Handle, attributes: Attribute[]): { type: number; value?: Buffer }[];
  C_SetAttributeValue(session: Handle, object: Handle, attributes: Attribute[]): void;
  C_CreateObject(session: Handle, template: Attribute[]): Handle;
  C_DestroyObject(session: Handle, object: Handle): void;
  C_GenerateKey(session: Handle, mechanism: Mechanism, template: Attribute[]): Handle;
  C_GenerateKeyPair(
    session: Handle,
    mechanism: Mechanism,
    publicTemplate: Attribute[],
    privateTemplate: Attribute[],
  ): { publicKey: Handle; privateKey: Handle };
  C_EncryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_Encrypt(session: Handle, data: Buffer, output: Buffer): Buffer;
  C_DecryptInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_Decrypt(session: Handle, data: Buffer, output: Buffer): Buffer;
  C_SignInit(session: Handle, mechanism: Mechanism, key: Handle): void;
  C_Sign(session: Handle, data: Buffer, output: Buffer): Buffer;
  C_WrapKey(session: Handle, mechanism: Mechanism, wrappingKey: Handle, key: Handle, output: Buffer): Buffer;
  C_UnwrapKey(session: Handle, mechanism: Mechanism, key: Handle, wrapped: Buffer, template: Attribute[]): Handle;
}

/** Some of pkcs11js's methods (C_SetAttributeValue, C_CreateObject) throw what the native part made, with the code in its message only. */
const NATIVE = /^(CKR_\w+):(\d+)/;

/** The CK_RV of an error that pkcs11js threw; undefined for any other error. */
export function codeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('name' in error && error.name === 'Pkcs11Error' && 'code' in error && typeof error.code === 'number') {
    return error.code;
  }
  const code = NATIVE.exec(messageOf(error))?.[2];
  return code === undefined ? undefined : Number(code);
}

/** `CKR_…` and the function that answered it, or the message. Never holds a PIN or key: pkcs11js puts none into its messages. */
export function inWords(error: unknown): string {
  const message = messageOf(error);
  const name = NATIVE.exec(message)?.[1] ?? message;
  const method = typeof error === 'object' && error !== null && 'method' in error ? String(error.method) : '';
  return method === '' ? name : `${name} from ${method}`;
}

/** Errors of native code are not always instances of the Error that is known here. */
export function messageOf(error: unknown): string {
  const message = typeof error === 'object' && error !== null && 'message' in error ? error.message : undefined;
  return typeof message === 'string' ? (message.split('\n')[0] ?? '') : 'an unknown error';
}
