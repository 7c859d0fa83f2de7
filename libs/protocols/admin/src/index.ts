export { AdminModule } from './admin.module.js';
export type { AdminOptions } from './admin-options.js';
export { type AdminRoute, AdminRoutes } from './admin-routes.js';
export { registerAdminBodies } from './body.js';
export { adminControllers } from './controllers.js';
export { adminDocument, serveAdminDocument } from './openapi.js';
export { LONGEST_PARAMETER } from './prefix.js';
export { ProblemFilter } from './problem.filter.js';
