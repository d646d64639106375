import { Module } from '@nestjs/common';
import { CallsModule } from '../calls/calls.module.js';
import { ProvidersModule } from '../providers/providers.module.js';
import { UrlsModule } from '../urls/urls.module.js';
import { HealthController } from './health/health.controller.js';

/** What operators look at. */
@Module({
  imports: [CallsModule, ProvidersModule, UrlsModule],
  controllers: [HealthController],
})
export class OperationsModule {}
