import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { operationOf } from './call.js';

/** A route of the admin API. */
export interface AdminRoute {
  /** `GET`, `POST`, … */
  readonly method: string;
  /** With parameters as `:name`, from the root: `/api/v1/keys/:id`. */
  readonly path: string;
  readonly operation: string;
}

/** What there is, read from the controllers themselves. */
export class AdminRoutes {
  readonly all: readonly AdminRoute[];

  constructor(controllers: readonly Type[]) {
    this.all = controllers.flatMap(routesOf);
  }

  /** Methods that the path of this URL has; none where there is no such path. */
  methodsOf(url: string): readonly string[] {
    const segments = segmentsOf(url.split(/[?#]/, 1)[0] ?? '');
    const methods = this.all.filter(({ path }) => matches(segmentsOf(path), segments)).map(({ method }) => method);
    return [...new Set(methods)].sort();
  }
}

function routesOf(controller: Type): readonly AdminRoute[] {
  const base = String(Reflect.getMetadata(PATH_METADATA, controller));
  const prototype = controller.prototype as Readonly<Record<string, unknown>>;
  const routes: AdminRoute[] = [];
  for (const name of Object.getOwnPropertyNames(prototype)) {
    const handler = prototype[name];
    if (typeof handler !== 'function') continue;
    const method: unknown = Reflect.getMetadata(METHOD_METADATA, handler);
    const operation = operationOf(handler);
    if (typeof method !== 'number' || operation === undefined) continue;
    const path = `/${segmentsOf(`${base}/${String(Reflect.getMetadata(PATH_METADATA, handler))}`).join('/')}`;
    routes.push({ method: RequestMethod[method] ?? '', path, operation });
  }
  return routes;
}

const segmentsOf = (path: string): readonly string[] => path.split('/').filter((segment) => segment !== '');

const matches = (route: readonly string[], segments: readonly string[]): boolean =>
  route.length === segments.length && route.every((part, index) => part.startsWith(':') || part === segments[index]);
