// Loaded into a server with `node --import`: every answer costs 20 µs more. Shows that the bench sees what it claims to see.
import { ServerResponse } from 'node:http';

const EXTRA_MS = 0.02;
const { end } = ServerResponse.prototype;

ServerResponse.prototype.end = function (...args) {
  const until = performance.now() + EXTRA_MS;
  while (performance.now() < until);
  return end.apply(this, args);
};
