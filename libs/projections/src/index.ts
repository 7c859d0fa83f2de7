export { TwoGenerationCache } from './two-generation-cache.js';
export { KeyEntry } from './key-state/key-entry.js';
export { type KeyStateOptions, StreamUnavailable } from './key-state/folded-state.js';
export { KeyState } from './key-state/key-state.js';
export type { AliasPage, KeyFilter, KeyPage, ListedKey } from './key-state/listing.js';
export type { Versioned } from './key-state/rows.js';
export { UsageCounters, type UsageOptions, type VersionUsage } from './key-state/usage.js';
