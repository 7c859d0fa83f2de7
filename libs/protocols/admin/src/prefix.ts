/** Where the admin API is served, without a slash at either end. */
export const ADMIN_PREFIX = 'api/v1';

/** Is this request URL one of the admin API? */
export const isAdminUrl = (url: string): boolean => url === `/${ADMIN_PREFIX}` || /^\/api\/v1[/?]/.test(url);
