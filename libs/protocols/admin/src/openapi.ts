import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { AdminModule } from './admin.module.js';

/** The OpenAPI document of the admin API, made from its controllers. Works on an application made with `preview: true` too. */
export function adminDocument(app: INestApplication): OpenAPIObject {
  const about = new DocumentBuilder()
    .setTitle('Claviger admin API')
    .setDescription(
      'Keys and their lives, audit, operation. Errors are problem details (RFC 9457); lists are `{items, next}`. ' +
        'Every call is on record before it is answered.',
    )
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'A token of a principal.' })
    .build();
  return SwaggerModule.createDocument(app, about, { include: [AdminModule], deepScanRoutes: false });
}

/** Serves it: for people at `/api/docs`, for programs at `/api/docs-json`. It tells nothing that is secret. */
export function serveAdminDocument(app: INestApplication): void {
  SwaggerModule.setup('api/docs', app, () => adminDocument(app), {
    jsonDocumentUrl: 'api/docs-json',
    yamlDocumentUrl: 'api/docs-yaml',
    customSiteTitle: 'Claviger admin API',
  });
}
