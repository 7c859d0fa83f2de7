export { sealConformance, type SealHarness } from './seal/conformance.js';
export { rootRotationConformance, type RootRotationHarness } from './seal/conformance/rotation.js';
export { sealedStoreConformance, type SealedStoreHarness } from './sealed-store/conformance.js';
export { eventStoreConformance, type EventStoreHarness } from './event-store/conformance.js';
export { auditJournalConformance } from './audit-journal/conformance.js';
export { SimulatedDisk } from './audit-journal/simulated-disk.js';
export { type HsmHarness, hsmConformance } from './hsm/conformance.js';
export { anchorConformance } from './anchor/conformance.js';
export { jobQueueConformance, type JobQueueHarness } from './job-queue/conformance.js';
