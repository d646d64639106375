import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Post,
  Query,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { IsOptional } from 'class-validator';
import { IsLine } from '../../shared/fields.js';
import { notFound } from '../../shared/problem.js';
import { AdminGuard } from '../../tenants/api-key.guard.js';
import { ApiKeys, type ApiKey } from '../../tenants/api-keys.js';
import { Users, type User } from '../../tenants/users.js';
import { AuditInterceptor } from '../audit/audit.interceptor.js';
import { IdParam } from '../../shared/id-param.js';
import { pageJson, SetUpPageDto } from '../page.dto.js';

/** `POST /api/v1/users` */
export class CreateUserDto {
  @IsLine(200)
  name!: string;
}

/** `POST /api/v1/users/{id}/keys` */
export class IssueKeyDto {
  /** A name by which people distinguish keys. */
  @IsOptional()
  @IsLine(100)
  name?: string;
}

/** Users and their keys. Only user 1 may manage them. */
@Controller('api/v1/users')
@UseGuards(AdminGuard)
@UseInterceptors(AuditInterceptor)
export class UsersController {
  constructor(
    private readonly users: Users,
    private readonly keys: ApiKeys,
  ) {}

  @Get()
  async list(@Query() { cursor, limit }: SetUpPageDto) {
    const users = await this.users.list(cursor ?? null, limit + 1);
    const keys = await this.keys.list(users.map((user) => user.userId));
    return pageJson(
      users,
      limit,
      (user) => userJson(user, keys.get(user.userId) ?? []),
      (user) => user.userId,
    );
  }

  @Post()
  async create(@Body() body: CreateUserDto) {
    return userJson(await this.users.create(body.name), []);
  }

  /** The key is shown in this answer and nowhere else. */
  @Post(':user_id/keys')
  async issue(@IdParam('user_id') userId: number, @Body() body: IssueKeyDto) {
    if (!(await this.users.exists(userId))) throw notFound('user');
    const name = body.name ?? 'key';
    const { keyId, key } = await this.keys.issue(userId, name);
    return { key_id: keyId, user_id: userId, name, key };
  }

  @Delete(':user_id/keys/:key_id')
  @HttpCode(204)
  async revoke(
    @IdParam('user_id') userId: number,
    @IdParam('key_id') keyId: number,
  ): Promise<void> {
    if (!(await this.keys.revoke(userId, keyId))) throw notFound('key');
  }
}

function userJson(user: User, keys: ApiKey[]) {
  return {
    user_id: user.userId,
    name: user.name,
    created_at: user.createdAt.toISOString(),
    keys: keys.map((key) => ({
      key_id: key.keyId,
      name: key.name,
      created_at: key.createdAt.toISOString(),
    })),
  };
}
