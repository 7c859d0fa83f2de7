import type { AddressInfo } from 'node:net';
import type { Settings } from '@claviger/platform';

/** The port that a listening server has; the setting's where it listens on none. */
export function portOf(address: AddressInfo | string | null, settings: Settings): number {
  return typeof address === 'object' && address !== null ? address.port : settings.port;
}

/** `http://127.0.0.1:7070` */
export function urlOf(settings: Settings, port: number): string {
  const host = settings.host.includes(':') ? `[${settings.host}]` : settings.host;
  return `${settings.tls === null ? 'http' : 'https'}://${host}:${port}`;
}
