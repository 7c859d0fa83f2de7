import { readFileSync } from 'node:fs';
import type { Settings } from '@claviger/platform';
import { LONGEST_PARAMETER } from '@claviger/protocols/admin';
import { FastifyAdapter } from '@nestjs/platform-fastify';

/** Largest body of any route; protocols set lower ones. */
const BODY_LIMIT = 1024 * 1024;
const HEADER_LIMIT = 16 * 1024;
/** A client that sends slower than this is cut off. */
const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** Longer than the 60 s after which load balancers usually let go, so that the server is never the first. */
const KEEP_ALIVE_MS = 72_000;

/** The HTTP server: TLS where it is configured, limits on everything that a client can stretch. */
export function httpAdapter(settings: Settings): FastifyAdapter {
  const limits = { maxHeaderSize: HEADER_LIMIT, headersTimeout: HEADERS_TIMEOUT_MS };
  const options = {
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle' as const,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    // Forwarded headers count only from proxies that were named (DESIGN section 8).
    trustProxy: settings.trustedProxies.length === 0 ? false : [...settings.trustedProxies],
  };
  if (settings.tls === null) return new FastifyAdapter({ ...options, http: limits });
  const tls = {
    cert: readFileSync(settings.tls.cert),
    key: readFileSync(settings.tls.key),
    minVersion: 'TLSv1.2' as const,
  };
  return new FastifyAdapter({ ...options, https: { ...limits, ...tls } });
}
