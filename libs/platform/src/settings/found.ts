import type { SettingName } from './names.js';

/** Settings as they were given, and where: `setting` names the place in messages. */
export type Found = Map<SettingName, { readonly value: string | readonly string[]; readonly setting: string }>;
