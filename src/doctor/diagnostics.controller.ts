import {
  Controller,
  Get,
  Header,
  HttpCode,
  Post,
  Query,
  Req,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { EventStream } from '../shared/event-stream.js';
import { AdminGuard } from '../tenants/api-key.guard.js';
import { AuditLog } from '../tenants/audit-log.js';
import { callerOf } from '../tenants/caller.js';
import { checkJson, diagnosisJson } from './diagnosis-json.js';
import { FullRunDto, QuickRunDto } from './diagnostics.dto.js';
import { DoctorGuard } from './doctor.guard.js';
import { Doctor, type Diagnosis, type FullRun, type FullRunListener } from './doctor.js';
import { RepairNumbers } from './repair-numbers.js';
import type { GiveBack } from './turns.js';

const IDLE_SECONDS = 75;

/** The doctor, which only user 1 may call. */
@Controller('api/v1/telephony/diagnostics')
@UseGuards(DoctorGuard)
export class DiagnosticsController {
  constructor(
    private readonly doctor: Doctor,
    private readonly numbers: RepairNumbers,
    private readonly audit: AuditLog,
  ) {}

  @Get()
  @Header('Cache-Control', 'no-store')
  async quick(@Query() { max_age_seconds: seconds }: QuickRunDto) {
    return diagnosisJson(await this.doctor.quick(seconds * 1000));
  }

  /** Reports while it runs: `event: check` for every start, progress and result, `event: done` at the end. */
  @Post()
  async full(@Query() query: FullRunDto, @Res() response: Response): Promise<void> {
    const gone = new AbortController();
    const stream = new EventStream(response, () => gone.abort());
    if (!stream.isOpen) return;
    const tell = (event: string, data: object): void =>
      stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    const idleSeconds = query.idle_seconds ?? IDLE_SECONDS;
    // Throws before the first byte if another run is under way.
    const giveBack = await this.doctor.takeFullRun(idleSeconds);
    stream.begin();
    try {
      const options = { idleSeconds, signal: gone.signal, listener: listenerOf(tell) };
      tell('done', diagnosisJson(await this.inTurn(options, giveBack)));
    } finally {
      stream.end();
    }
  }

  /** Whoever hears of the end may begin the next run. */
  private async inTurn(options: FullRun, giveBack: GiveBack): Promise<Diagnosis> {
    try {
      return await this.doctor.full(options);
    } finally {
      await giveBack();
    }
  }

  /** Sets this service's URLs for claimed numbers that lead elsewhere. */
  @Post('repairs/numbers')
  @HttpCode(200)
  // It changes something, so the store must know who did it.
  @UseGuards(AdminGuard)
  async repairNumbers(@Req() request: Request) {
    const repairs = await this.numbers.repair();
    const action = 'POST /api/v1/telephony/diagnostics/repairs/numbers';
    await this.audit.note(callerOf(request), action, {}, 200);
    return {
      data: repairs.map(({ ending, ...rest }) => ({ number_ends_with: ending, ...rest })),
    };
  }
}

function listenerOf(tell: (event: string, data: object) => void): FullRunListener {
  return {
    started: ({ name, title, group }) => tell('check', { name, title, group, state: 'started' }),
    progress: (name, note) => tell('check', { name, state: 'progress', note }),
    finished: (result) => tell('check', { ...checkJson(result), state: 'finished' }),
  };
}
