/** Where the admin API is served, without a slash at either end. */
export const ADMIN_PREFIX = 'api/v1';

/** Is this request URL one of the admin API? */
export const isAdminUrl = (url: string): boolean => url === `/${ADMIN_PREFIX}` || /^\/api\/v1[/?]/.test(url);

/** Longest parameter of a path: ARNs of aliases are long, and Fastify's own limit is 100 (`routerOptions.maxParamLength`). */
export const LONGEST_PARAMETER = 2048;
