/** The token cannot be opened as the settings have it; trying again does not help. */
export class Pkcs11SettingsError extends Error {
  override readonly name = 'Pkcs11SettingsError';
  constructor(
    readonly setting: 'modulePath' | 'tokenLabel' | 'pin' | 'sessions',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
