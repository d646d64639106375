import { Controller, Get, Header, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { AdminGuard } from '../../tenants/api-key.guard.js';
import { MetricsPage } from './metrics-page.js';

/** Needs user 1's key. `OPERATIONS_PORT` serves the same page without a key. */
@Controller('metrics')
@UseGuards(AdminGuard)
export class MetricsController {
  constructor(private readonly page: MetricsPage) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async metrics(@Res() response: Response): Promise<void> {
    const text = await this.page.text();
    // Express would add its own character set to the type.
    response.setHeader('Content-Type', this.page.contentType);
    response.end(text);
  }
}
