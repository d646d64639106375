import { IsIn, IsOptional } from 'class-validator';
import {
  TRANSCRIPT_FORMATS,
  type TranscriptFormat,
} from '../../calls/transcripts/transcript-formats.js';
import { oneOf } from '../../shared/fields.js';

/** `GET /api/v1/telephony/calls/{workflow_run_id}/transcript` */
export class TranscriptDto {
  /** Absent: as `Accept` says. */
  @IsOptional()
  @IsIn(TRANSCRIPT_FORMATS, { message: oneOf(TRANSCRIPT_FORMATS) })
  format?: TranscriptFormat;
}
