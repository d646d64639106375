import { Controller, Get, Header, Res } from '@nestjs/common';
import type { Response } from 'express';
import { HealthReport } from './health-report.js';

/** Open to everyone. Says what is up, and why the rest is not. */
@Controller('health')
export class HealthController {
  constructor(private readonly health: HealthReport) {}

  @Get('live')
  @Header('Cache-Control', 'no-store')
  live() {
    return this.health.live();
  }

  @Get('ready')
  @Header('Cache-Control', 'no-store')
  async ready(@Res({ passthrough: true }) response: Response) {
    const report = await this.health.ready();
    response.status(report.status === 'up' ? 200 : 503);
    return report;
  }
}
