export { FileAnchor, type FileAnchorOptions } from './anchor.js';
