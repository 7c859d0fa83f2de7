import { anchorConformance } from './conformance.js';
import { InMemoryAnchor } from './in-memory.js';

anchorConformance('InMemoryAnchor', () => Promise.resolve(new InMemoryAnchor()));
