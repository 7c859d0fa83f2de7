/** Streams of keys and nodes in EventStoreDB; the journals travel apart, so that no read model is woken by them. */
export const EVENTS_NAMESPACE = 'claviger';
export const JOURNALS_NAMESPACE = 'claviger-journal';
