import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { AdminGuard } from '../../tenants/api-key.guard.js';
import { AuditLog } from '../../tenants/audit-log.js';
import { PageDto } from '../page.dto.js';

/** What was changed through our API, newest first: user 1's to read. */
@Controller('api/v1/audit-log')
@UseGuards(AdminGuard)
export class AuditController {
  constructor(private readonly audit: AuditLog) {}

  @Get()
  async list(@Query() query: PageDto) {
    const entries = await this.audit.list(query.cursor ?? null, query.limit + 1);
    const page = entries.slice(0, query.limit);
    return {
      data: page.map((entry) => ({
        audit_id: entry.auditId,
        user_id: entry.userId,
        key_id: entry.keyId,
        action: entry.action,
        subject: entry.subject,
        http_status: entry.httpStatus,
        created_at: entry.createdAt.toISOString(),
      })),
      next_cursor: entries.length > query.limit ? (page.at(-1)?.auditId ?? null) : null,
    };
  }
}
