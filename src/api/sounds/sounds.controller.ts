import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { SoundError, telephoneSound } from '../../agents/telephone-sound.js';
import { RecordingStoreError } from '../../calls/recordings/recording-store.js';
import { BinaryBody } from '../../shared/json-body.interceptor.js';
import { Log } from '../../shared/logger.js';
import { notFound, Problem } from '../../shared/problem.js';
import { ApiKeyGuard } from '../../tenants/api-key.guard.js';
import type { Caller } from '../../tenants/api-keys.js';
import { CurrentCaller } from '../../tenants/caller.js';
import {
  SOUND_SECONDS_PER_USER,
  SOUNDS_PER_USER,
  UserSounds,
  type ChangeSoundResult,
  type UserSound,
} from '../../tenants/user-sounds.js';
import { nameSubject } from '../audit/audit-subject.js';
import { AuditInterceptor } from '../audit/audit.interceptor.js';
import { RenameSoundDto, UploadSoundDto } from './sound.dto.js';

/** The longest file that is taken. */
const FILE_BYTES_MAX = 10 * 1024 * 1024;

/** A user's own sounds, for agents that play some. */
@Controller('api/v1/sounds')
@UseGuards(ApiKeyGuard)
@UseInterceptors(AuditInterceptor)
export class SoundsController {
  constructor(
    private readonly sounds: UserSounds,
    private readonly log: Log,
  ) {}

  @Get()
  async list(@CurrentCaller() caller: Caller) {
    return { data: (await this.sounds.list(caller.userId)).map(soundJson), next_cursor: null };
  }

  @Post()
  @BinaryBody(FILE_BYTES_MAX)
  async upload(
    @CurrentCaller() caller: Caller,
    @Query() { name, replace }: UploadSoundDto,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ) {
    nameSubject(request, { sound: name });
    const sound = await converted(request.body as Buffer);
    const saved = await this.orUnavailable(
      this.sounds.save(caller.userId, name, sound, replace === 'true'),
    );
    switch (saved.kind) {
      case 'saved':
        response.status(saved.isNew ? 201 : 200);
        return soundJson(saved.sound);
      case 'exists':
        throw exists(name);
      case 'full':
        throw new Problem(
          'limit_reached',
          `You may have ${SOUNDS_PER_USER} sounds, ${SOUND_SECONDS_PER_USER / 3_600} hours together. Delete one before you upload another.`,
        );
      default:
        return saved satisfies never;
    }
  }

  @Get(':name')
  async get(@CurrentCaller() caller: Caller, @Param('name') name: string) {
    return soundJson(await this.owned(caller, name));
  }

  /** The audio as calls play it: WAV, 16 bits at 8 kHz. */
  @Get(':name/audio')
  async audio(
    @CurrentCaller() caller: Caller,
    @Param('name') name: string,
    @Res() response: Response,
  ): Promise<void> {
    const sound = await this.owned(caller, name);
    const wav = await this.orUnavailable(this.sounds.read(sound));
    if (!wav) throw notFound('sound');
    response.set({ 'Cache-Control': 'private, no-store', 'Content-Type': 'audio/wav' }).send(wav);
  }

  @Patch(':name')
  async rename(
    @CurrentCaller() caller: Caller,
    @Param('name') name: string,
    @Body() body: RenameSoundDto,
    @Req() request: Request,
  ) {
    const to = body.name ?? name;
    nameSubject(request, { sound: name, renamed: to });
    assertDone(await this.sounds.rename(caller.userId, name, to), to);
    return soundJson(await this.owned(caller, to));
  }

  @Delete(':name')
  @HttpCode(204)
  async remove(
    @CurrentCaller() caller: Caller,
    @Param('name') name: string,
    @Req() request: Request,
  ): Promise<void> {
    nameSubject(request, { sound: name });
    assertDone(await this.sounds.delete(caller.userId, name), name);
  }

  private async owned(caller: Caller, name: string): Promise<UserSound> {
    const sound = await this.sounds.find(caller.userId, name);
    if (!sound) throw notFound('sound');
    return sound;
  }

  private async orUnavailable<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof RecordingStoreError)) throw error;
      this.log.error('sounds.store_failed', { error });
      throw new Problem('store_unavailable', 'The store of sounds does not answer.', {
        retryAfterSeconds: 5,
      });
    }
  }
}

async function converted(file: Buffer): Promise<{ wav: Buffer; durationMs: number }> {
  try {
    return await telephoneSound(file);
  } catch (error) {
    if (!(error instanceof SoundError)) throw error;
    throw new Problem('invalid_request', `The sound cannot be played: ${error.message}.`);
  }
}

function assertDone(result: ChangeSoundResult, name: string): void {
  switch (result) {
    case 'done':
      return;
    case 'not-found':
      throw notFound('sound');
    case 'exists':
      throw exists(name);
    case 'in-use':
      throw new Problem('conflict', 'A workflow of yours uses this sound. Change that first.');
    default:
      result satisfies never;
  }
}

function exists(name: string): Problem {
  return new Problem(
    'conflict',
    `You have a sound "${name}" already; to replace its audio, upload it with replace=true.`,
  );
}

function soundJson(sound: UserSound) {
  return {
    name: sound.name,
    duration_ms: sound.durationMs,
    bytes: sound.bytes,
    created_at: sound.createdAt.toISOString(),
    updated_at: sound.updatedAt.toISOString(),
  };
}
