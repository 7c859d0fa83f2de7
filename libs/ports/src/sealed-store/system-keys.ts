/**
 * References of the service's own keys in the sealed store (kind `system-key`, about `{name}`): exactly one of each, made at the first
 * start. None of them ever protects a customer's data.
 */
export const SYSTEM_KEY_REFERENCES = {
  events: '00000000-0000-8000-8000-000000000001',
  rows: '00000000-0000-8000-8000-000000000002',
  commands: '00000000-0000-8000-8000-000000000003',
  anchor: '00000000-0000-8000-8000-000000000004',
} as const;

export type SystemKeyName = keyof typeof SYSTEM_KEY_REFERENCES;
