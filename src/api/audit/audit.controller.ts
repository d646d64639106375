import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { AdminGuard } from '../../tenants/api-key.guard.js';
import { AuditLog, type AuditEntry } from '../../tenants/audit-log.js';
import { PageDto, pageJson } from '../page.dto.js';

/** The changes made through our API, newest first. Only user 1 may read them. */
@Controller('api/v1/audit-log')
@UseGuards(AdminGuard)
export class AuditController {
  constructor(private readonly audit: AuditLog) {}

  @Get()
  async list(@Query() { cursor, limit }: PageDto) {
    const entries = await this.audit.list(cursor ?? null, limit + 1);
    return pageJson(entries, limit, entryJson, (entry) => entry.auditId);
  }
}

function entryJson(entry: AuditEntry) {
  return {
    audit_id: entry.auditId,
    user_id: entry.userId,
    key_id: entry.keyId,
    action: entry.action,
    subject: entry.subject,
    http_status: entry.httpStatus,
    created_at: entry.createdAt.toISOString(),
  };
}
