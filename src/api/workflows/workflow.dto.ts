import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsObject,
  IsOptional,
  ValidateIf,
} from 'class-validator';
import {
  BARGE_IN_ECHOES,
  SENSITIVITIES,
  type BargeInEcho,
  type SensitivityName,
} from '../../audio/ear/sensitivity.js';
import { TURN_SILENCE_RANGE } from '../../audio/ear/turns.js';
import type { OnMachine } from '../../calls/ledger/on-machine.js';
import type { OnWait } from '../../calls/ledger/on-wait.js';
import { IsLine, IsText, IsWhole } from '../../shared/fields.js';
import { AsSent, MaxJsonBytes } from '../../shared/validation.js';
import { IsOnMachine, IsOnWait } from './message.field.js';
import { ROUTES_MAX } from './read-routes.js';
import type { TransferTarget } from '../../calls/transfers/transfer-target.js';
import { IsTransferTargets } from './transfer-targets.js';

/** The maximum size of an agent's options as JSON; every call keeps a copy. */
export const OPTIONS_BYTES_MAX = 64 * 1024;

/** `POST /api/v1/workflows` */
export class CreateWorkflowDto {
  @IsLine(200)
  name!: string;

  /** The name of an agent in `GET /api/v1/agents`. */
  @IsText(0, 100)
  agent!: string;

  @IsOptional()
  @IsObject({ message: 'must be a JSON object' })
  @MaxJsonBytes(OPTIONS_BYTES_MAX)
  @AsSent()
  agent_options?: Record<string, unknown>;

  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  recording?: boolean;

  /** The sentence that is said before a call is recorded; null or absent: nothing. */
  @IsOptional()
  @IsLine(500)
  recording_notice?: string | null;

  /** Whether the caller may interrupt the agent by speaking; absent: no. */
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  barge_in?: boolean;

  /** How easily; absent: `normal`. */
  @IsOptional()
  @IsIn(SENSITIVITIES, { message: `must be one of ${SENSITIVITIES.join(', ')}` })
  barge_in_sensitivity?: SensitivityName;

  /** Whether the agent's echo is reckoned with; absent: `auto`. */
  @IsOptional()
  @IsIn(BARGE_IN_ECHOES, { message: `must be one of ${BARGE_IN_ECHOES.join(', ')}` })
  barge_in_echo?: BargeInEcho;

  /** Silence that ends a turn of the caller's, in milliseconds; absent: 600. */
  @IsOptional()
  @IsWhole(TURN_SILENCE_RANGE.min, TURN_SILENCE_RANGE.max)
  turn_silence_ms?: number;

  /** Whether recordings of its calls are transcribed, where a server for that is set up; absent: they are. */
  @IsOptional()
  @IsBoolean({ message: 'must be true or false' })
  transcription?: boolean;

  /**
   * The sentence that a caller hears when the agent fails; null or absent: the call is just hung
   * up.
   */
  @IsOptional()
  @IsLine(500)
  on_failure?: string | null;

  /**
   * The sentence that a caller hears before the agent goes on, when the call was without a stream
   * for more than three seconds; null or absent: nothing.
   */
  @IsOptional()
  @IsLine(500)
  on_resume?: string | null;

  /** What a caller hears while the agent takes long; null or absent: nothing. */
  @IsOptional()
  @IsOnWait()
  on_wait?: OnWait | null;

  /** Which accounts dial, see `readRoutes`; null, absent or empty: the first. */
  @IsOptional()
  @IsArray({ message: 'must be a list of routes' })
  @ArrayMaxSize(ROUTES_MAX, { message: `must hold at most ${ROUTES_MAX} routes` })
  @AsSent()
  routes?: unknown[] | null;

  /** What is done where a machine answers; absent: `ignore`. */
  @ValidateIf((body: CreateWorkflowDto) => body.on_machine !== undefined)
  @IsOnMachine()
  on_machine?: OnMachine;

  /** To whom the agent may transfer calls, by name; null or absent: to nobody. */
  @IsOptional()
  @IsTransferTargets()
  @AsSent()
  transfer_targets?: TransferTarget[] | null;
}

/** `PATCH /api/v1/workflows/{id}`: absent fields stay unchanged. */
export class UpdateWorkflowDto {
  @ValidateIf((body: UpdateWorkflowDto) => body.name !== undefined)
  @IsLine(200)
  name?: string;

  @ValidateIf((body: UpdateWorkflowDto) => body.agent !== undefined)
  @IsText(0, 100)
  agent?: string;

  @ValidateIf((body: UpdateWorkflowDto) => body.agent_options !== undefined)
  @IsObject({ message: 'must be a JSON object' })
  @MaxJsonBytes(OPTIONS_BYTES_MAX)
  @AsSent()
  agent_options?: Record<string, unknown>;

  @ValidateIf((body: UpdateWorkflowDto) => body.recording !== undefined)
  @IsBoolean({ message: 'must be true or false' })
  recording?: boolean;

  @IsOptional()
  @IsLine(500)
  recording_notice?: string | null;

  @ValidateIf((body: UpdateWorkflowDto) => body.barge_in !== undefined)
  @IsBoolean({ message: 'must be true or false' })
  barge_in?: boolean;

  @ValidateIf((body: UpdateWorkflowDto) => body.barge_in_sensitivity !== undefined)
  @IsIn(SENSITIVITIES, { message: `must be one of ${SENSITIVITIES.join(', ')}` })
  barge_in_sensitivity?: SensitivityName;

  @ValidateIf((body: UpdateWorkflowDto) => body.barge_in_echo !== undefined)
  @IsIn(BARGE_IN_ECHOES, { message: `must be one of ${BARGE_IN_ECHOES.join(', ')}` })
  barge_in_echo?: BargeInEcho;

  @ValidateIf((body: UpdateWorkflowDto) => body.turn_silence_ms !== undefined)
  @IsWhole(TURN_SILENCE_RANGE.min, TURN_SILENCE_RANGE.max)
  turn_silence_ms?: number;

  @ValidateIf((body: UpdateWorkflowDto) => body.transcription !== undefined)
  @IsBoolean({ message: 'must be true or false' })
  transcription?: boolean;

  @IsOptional()
  @IsLine(500)
  on_failure?: string | null;

  @IsOptional()
  @IsLine(500)
  on_resume?: string | null;

  @IsOptional()
  @IsOnWait()
  on_wait?: OnWait | null;

  @IsOptional()
  @IsArray({ message: 'must be a list of routes' })
  @ArrayMaxSize(ROUTES_MAX, { message: `must hold at most ${ROUTES_MAX} routes` })
  @AsSent()
  routes?: unknown[] | null;

  @ValidateIf((body: UpdateWorkflowDto) => body.on_machine !== undefined)
  @IsOnMachine()
  on_machine?: OnMachine;

  /** To whom the agent may transfer calls, by name; null or absent: to nobody. */
  @IsOptional()
  @IsTransferTargets()
  @AsSent()
  transfer_targets?: TransferTarget[] | null;
}
