import { Controller, Get, Header, Res, UseGuards } from '@nestjs/common';
import type { Response } from 'express';
import { AdminGuard } from '../../tenants/api-key.guard.js';
import { MetricsPage } from './metrics-page.js';

/** With user 1's key; without one there is `OPERATIONS_PORT`. */
@Controller('metrics')
@UseGuards(AdminGuard)
export class MetricsController {
  constructor(private readonly page: MetricsPage) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async metrics(@Res() response: Response): Promise<void> {
    const text = await this.page.text();
    // Express would put its own idea of the character set into the type.
    response.setHeader('Content-Type', this.page.contentType);
    response.end(text);
  }
}
