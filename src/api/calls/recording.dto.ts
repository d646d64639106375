import { IsIn, IsOptional } from 'class-validator';
import {
  RECORDING_ENCODINGS,
  type RecordingEncoding,
} from '../../calls/recordings/recording-encoding.js';
import { oneOf } from '../../shared/fields.js';

/** `GET /api/v1/telephony/calls/{workflow_run_id}/recording` */
export class RecordingDto {
  @IsOptional()
  @IsIn(RECORDING_ENCODINGS, { message: oneOf(RECORDING_ENCODINGS) })
  encoding: RecordingEncoding = 'pcm';
}
