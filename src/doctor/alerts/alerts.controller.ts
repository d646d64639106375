import { Controller, Get, Header, HttpCode, Post, Req, UseGuards } from '@nestjs/common';
import type { Request } from 'express';
import { isUnavailable } from '../../database/store-errors.js';
import { Problem } from '../../shared/problem.js';
import { AuditLog } from '../../tenants/audit-log.js';
import { callerOf } from '../../tenants/caller.js';
import { DoctorGuard } from '../doctor.guard.js';
import { Turns } from '../turns.js';
import { AlertBooks } from './alert-books.js';
import { AlertChannels } from './alert-channels.js';
import { AlertWatch } from './alert-watch.js';
import { alertsJson, messageJson } from './alerts-json.js';
import { AlertSettings } from './alerts.variables.js';

const TURN_MS = 60_000;

/** Messages to people, which only user 1 may see. As the doctor, it answers while the store is away. */
@Controller('api/v1/alerts')
@UseGuards(DoctorGuard)
export class AlertsController {
  constructor(
    private readonly settings: AlertSettings,
    private readonly channels: AlertChannels,
    private readonly books: AlertBooks,
    private readonly watch: AlertWatch,
    private readonly turns: Turns,
    private readonly audit: AuditLog,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async show() {
    return alertsJson(this.settings, this.channels.list, await this.books.read());
  }

  /** Sends a test message by every channel, and answers when it is known what became of it. */
  @Post('test')
  @HttpCode(200)
  async test(@Req() request: Request) {
    if (this.channels.list.length === 0) {
      throw new Problem(
        'conflict',
        'No alerts are set up: set ALERTS_WEBHOOK_URL, or ALERTS_EMAIL_TO with SMTP_URL.',
      );
    }
    const giveBack = await this.turns.take('alert-test', TURN_MS);
    if (!giveBack) throw new Problem('conflict', 'A test is under way. Wait for its end.');
    try {
      const message = await this.watch.test();
      await this.noteIn(request);
      return messageJson(message);
    } finally {
      await giveBack();
    }
  }

  /** While the store is away there is nothing to note it in, and the test is wanted most. */
  private async noteIn(request: Request): Promise<void> {
    try {
      await this.audit.note(callerOf(request), 'POST /api/v1/alerts/test', {}, 200);
    } catch (error) {
      if (!isUnavailable(error)) throw error;
    }
  }
}
