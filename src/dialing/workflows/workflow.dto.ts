import {
  IsBoolean,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  MinLength,
  ValidateIf,
} from 'class-validator';
import { AsSent, OneLine } from '../../shared/validation.js';

/** `POST /api/v1/workflows` */
export class CreateWorkflowDto {
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  @OneLine()
  name!: string;

  /** One of `GET /api/v1/agents`. */
  @IsString()
  @MaxLength(100)
  agent!: string;

  @IsOptional()
  @IsObject()
  @AsSent()
  agent_options?: Record<string, unknown>;

  @IsOptional()
  @IsBoolean()
  recording?: boolean;

  /** Said before a call is recorded; null or absent: nothing. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  @OneLine()
  recording_notice?: string | null;

  /** Whether the caller may talk over the agent; absent: no. */
  @IsOptional()
  @IsBoolean()
  barge_in?: boolean;

  /** What a caller hears when the agent fails; null or absent: just a hang-up. */
  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  @OneLine()
  on_failure?: string | null;
}

/** `PATCH /api/v1/workflows/{id}`: absent fields stay. */
export class UpdateWorkflowDto {
  @ValidateIf((body: UpdateWorkflowDto) => body.name !== undefined)
  @IsString()
  @MinLength(1)
  @MaxLength(200)
  @OneLine()
  name?: string;

  @ValidateIf((body: UpdateWorkflowDto) => body.agent !== undefined)
  @IsString()
  @MaxLength(100)
  agent?: string;

  @ValidateIf((body: UpdateWorkflowDto) => body.agent_options !== undefined)
  @IsObject()
  @AsSent()
  agent_options?: Record<string, unknown>;

  @ValidateIf((body: UpdateWorkflowDto) => body.recording !== undefined)
  @IsBoolean()
  recording?: boolean;

  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  @OneLine()
  recording_notice?: string | null;

  @ValidateIf((body: UpdateWorkflowDto) => body.barge_in !== undefined)
  @IsBoolean()
  barge_in?: boolean;

  @IsOptional()
  @IsString()
  @MinLength(1)
  @MaxLength(500)
  @OneLine()
  on_failure?: string | null;
}
