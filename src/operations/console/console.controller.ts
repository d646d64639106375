import { randomBytes } from 'node:crypto';
import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { notFound, Problem } from '../../shared/problem.js';
import { ConsoleFiles } from './console-files.js';
import { pageHeaders } from './page-headers.js';

const YEAR_SECONDS = 365 * 24 * 60 * 60;

/** The console's page and its assets. They are open to everyone, because they contain no data. */
@Controller('console')
export class ConsoleController {
  constructor(private readonly files: ConsoleFiles) {}

  @Get('assets/:name')
  asset(@Param('name') name: string, @Res() response: Response): void {
    if (!this.files.hasAsset(name)) throw notFound('page');
    response.sendFile(name, {
      root: this.files.assetDirectory,
      maxAge: YEAR_SECONDS * 1000,
      immutable: true,
      headers: { 'X-Content-Type-Options': 'nosniff' },
    });
  }

  /** The front end interprets every other address. */
  @Get(['', '*path'])
  page(@Req() request: Request, @Res() response: Response): void {
    const { path } = request;
    // The redirect is relative, so it keeps the prefix that the browser sees. The page's own references need the slash.
    if (path === '/console') {
      response.redirect(308, 'console/');
      return;
    }
    if (/^\/console\/(api|assets)(\/|$)/.test(path)) throw notFound('page');
    const nonce = randomBytes(16).toString('base64');
    const page = this.files.render(path, nonce);
    if (page === null) {
      throw new Problem('not_found', 'The console has not been built. Run "npm run build".');
    }
    response.set(pageHeaders(nonce)).type('html').send(page);
  }
}
