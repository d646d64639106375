import { Controller, Get, Query, UseGuards } from '@nestjs/common';
import { Type } from 'class-transformer';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { AdminGuard } from '../../tenants/api-key.guard.js';
import { AuditLog } from '../../tenants/audit-log.js';

/** `GET /api/v1/audit-log` */
export class ListAuditDto {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit: number = 50;

  /** `next_cursor` of the page before. */
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  cursor?: number;
}

/** What was changed through our API, newest first: user 1's to read. */
@Controller('api/v1/audit-log')
@UseGuards(AdminGuard)
export class AuditController {
  constructor(private readonly audit: AuditLog) {}

  @Get()
  async list(@Query() query: ListAuditDto) {
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
