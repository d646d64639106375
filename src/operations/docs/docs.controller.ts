import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { notFound } from '../../shared/problem.js';
import { DocsFiles } from './docs-files.js';

const HOUR_MS = 3_600_000;

/** Allows scripts and connections only from here. The viewer writes styles into its elements, and its icons are data URLs. */
const HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cache-Control': 'no-cache',
};

/** References are relative to `/docs`, without a slash at the end. */
const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Patchbay API</title>
    <link rel="stylesheet" href="docs/assets/swagger-ui.css" />
  </head>
  <body>
    <main id="api"></main>
    <noscript><a href="docs/openapi.json">openapi.json</a> <a href="docs/asyncapi.yaml">asyncapi.yaml</a></noscript>
    <script src="docs/assets/swagger-ui-bundle.js"></script>
    <script src="docs/assets/start.js"></script>
  </body>
</html>
`;

/** Describes this service's API to people and programs. It is open, because it contains no data of any user. */
@Controller('docs')
export class DocsController {
  constructor(private readonly files: DocsFiles) {}

  @Get()
  page(@Req() request: Request, @Res() response: Response): void {
    // The page's references need the address without the slash.
    if (request.path.endsWith('/')) {
      response.redirect(308, '../docs');
      return;
    }
    response.set(HEADERS).type('html').send(PAGE);
  }

  @Get('openapi.json')
  openApi(@Res() response: Response): void {
    response.set(HEADERS).type('json').send(this.files.openApi);
  }

  @Get('asyncapi.yaml')
  asyncApi(@Res() response: Response): void {
    response.set(HEADERS).type('application/yaml');
    this.send('asyncapi.yaml', response, 0);
  }

  @Get('assets/:name')
  asset(@Param('name') name: string, @Res() response: Response): void {
    this.send(name, response, HOUR_MS);
  }

  private send(name: string, response: Response, maxAge: number): void {
    if (!this.files.hasAsset(name)) throw notFound('page');
    response.sendFile(name, {
      root: this.files.assetDirectory,
      maxAge,
      headers: { 'X-Content-Type-Options': 'nosniff' },
    });
  }
}
