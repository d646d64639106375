import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Patch,
  Post,
  Query,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { TURN_SILENCE_MS } from '../../audio/ear/turns.js';
import { AgentRegistry } from '../../agents/agent-registry.js';
import { ProviderRegistry } from '../../providers/provider-registry.js';
import { Sounds } from '../../agents/sounds.js';
import { soundOf, type OnMachine } from '../../calls/ledger/on-machine.js';
import { Destinations } from '../../control/destinations.js';
import { invalidField, invalidFields, notFound, Problem } from '../../shared/problem.js';
import { jsonBytes } from '../../shared/validation.js';
import { ApiKeyGuard } from '../../tenants/api-key.guard.js';
import type { Caller } from '../../tenants/api-keys.js';
import { CurrentCaller } from '../../tenants/caller.js';
import type { WorkflowRoute } from '../../tenants/workflow-routes.js';
import {
  Workflows,
  WORKFLOWS_PER_USER,
  type Workflow,
  type WorkflowFields,
} from '../../tenants/workflows.js';
import { AuditInterceptor } from '../audit/audit.interceptor.js';
import { IdParam } from '../../shared/id-param.js';
import { SetUpPageDto } from '../page.dto.js';
import { readRoutes } from './read-routes.js';
import { CreateWorkflowDto, OPTIONS_BYTES_MAX, UpdateWorkflowDto } from './workflow.dto.js';

/** How often a change is retried when others change the same workflow. */
const UPDATE_ATTEMPTS = 50;

@Controller('api/v1/workflows')
@UseGuards(ApiKeyGuard)
@UseInterceptors(AuditInterceptor)
export class WorkflowsController {
  constructor(
    private readonly workflows: Workflows,
    private readonly agents: AgentRegistry,
    private readonly providers: ProviderRegistry,
    private readonly sounds: Sounds,
    private readonly destinations: Destinations,
  ) {}

  @Get()
  async list(@CurrentCaller() caller: Caller, @Query() query: SetUpPageDto) {
    const { cursor, limit } = query;
    const { workflows, next } = await this.workflows.page(caller.userId, cursor ?? null, limit);
    return { data: workflows.map((workflow) => this.json(workflow)), next_cursor: next };
  }

  @Post()
  async create(@CurrentCaller() caller: Caller, @Body() body: CreateWorkflowDto) {
    const fields: WorkflowFields = {
      name: body.name,
      agent: body.agent,
      agentOptions: body.agent_options ?? {},
      recording: body.recording ?? false,
      recordingNotice: body.recording_notice ?? null,
      bargeIn: body.barge_in ?? false,
      bargeInSensitivity: body.barge_in_sensitivity ?? 'normal',
      bargeInEcho: body.barge_in_echo ?? 'auto',
      turnSilenceMs: body.turn_silence_ms ?? TURN_SILENCE_MS,
      onFailure: body.on_failure ?? null,
      onResume: body.on_resume ?? null,
      routes: this.routesOf(body.routes) ?? [],
      onMachine: body.on_machine ?? 'ignore',
      transferTargets: body.transfer_targets ?? null,
    };
    this.assertTargets(fields.transferTargets);
    await this.assertAgent(fields.agent, fields.agentOptions);
    this.assertNamed(fields, true);
    await this.assertWorkflows(caller, fields.agent, fields.agentOptions);
    await this.assertSound(fields.onMachine);
    const workflow = await this.workflows.create(caller.userId, fields);
    if (!workflow) {
      throw new Problem(
        'limit_reached',
        `You have ${WORKFLOWS_PER_USER} workflows. Delete one before you make another.`,
      );
    }
    return this.json(workflow);
  }

  @Get(':workflow_id')
  async get(@CurrentCaller() caller: Caller, @IdParam('workflow_id') workflowId: number) {
    return this.json(await this.owned(caller, workflowId));
  }

  @Patch(':workflow_id')
  async update(
    @CurrentCaller() caller: Caller,
    @IdParam('workflow_id') workflowId: number,
    @Body() body: UpdateWorkflowDto,
  ) {
    if (body.on_machine !== undefined) await this.assertSound(body.on_machine);
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt += 1) {
      const workflow = await this.owned(caller, workflowId);
      const changes = this.changesOf(workflow, body);
      this.assertTargets(changes.transferTargets);
      if (changes.agent !== undefined || changes.agentOptions !== undefined) {
        const agent = changes.agent ?? workflow.agent;
        const options = changes.agentOptions ?? workflow.agentOptions;
        await this.assertAgent(agent, options);
        await this.assertWorkflows(caller, agent, options);
      }
      const { agent = workflow.agent, agentOptions = workflow.agentOptions } = changes;
      const { transferTargets = workflow.transferTargets } = changes;
      const isAgentNew = changes.agent !== undefined || changes.agentOptions !== undefined;
      if (isAgentNew || changes.transferTargets !== undefined) {
        this.assertNamed({ agent, agentOptions, transferTargets }, isAgentNew);
      }
      const updated = await this.workflows.update(workflow, changes);
      if (updated) return this.json(updated);
      // Another request has changed the agent or its options since they were read.
    }
    throw new Problem('conflict', 'The workflow is being changed by others; try again.');
  }

  @Delete(':workflow_id')
  @HttpCode(204)
  async remove(
    @CurrentCaller() caller: Caller,
    @IdParam('workflow_id') workflowId: number,
  ): Promise<void> {
    const result = await this.workflows.delete(caller.userId, workflowId);
    if (result === 'not-found') throw notFound('workflow');
    if (result === 'in-use') {
      throw new Problem(
        'conflict',
        'A phone number leads to this workflow, or a call of it is in progress.',
      );
    }
  }

  private changesOf(workflow: Workflow, body: UpdateWorkflowDto): Partial<WorkflowFields> {
    const agent = body.agent ?? workflow.agent;
    return {
      name: body.name,
      agent: body.agent,
      agentOptions: body.agent_options && {
        // A value that is never shown cannot be sent back: it stays until it is replaced.
        ...(agent === workflow.agent ? this.agents.secretsOf(agent, workflow.agentOptions) : {}),
        ...body.agent_options,
      },
      recording: body.recording,
      recordingNotice: body.recording_notice,
      bargeIn: body.barge_in,
      bargeInSensitivity: body.barge_in_sensitivity,
      bargeInEcho: body.barge_in_echo,
      turnSilenceMs: body.turn_silence_ms,
      onFailure: body.on_failure,
      onResume: body.on_resume,
      routes: this.routesOf(body.routes),
      onMachine: body.on_machine,
      transferTargets: body.transfer_targets,
    };
  }

  private routesOf(sent: unknown[] | null | undefined): WorkflowRoute[] | undefined {
    return sent === null ? [] : sent && readRoutes(sent, this.providers);
  }

  private json(workflow: Workflow) {
    return {
      workflow_id: workflow.workflowId,
      user_id: workflow.userId,
      name: workflow.name,
      agent: workflow.agent,
      agent_options: this.agents.shownOf(workflow.agent, workflow.agentOptions),
      recording: workflow.recording,
      recording_notice: workflow.recordingNotice,
      barge_in: workflow.bargeIn,
      barge_in_sensitivity: workflow.bargeInSensitivity,
      barge_in_echo: workflow.bargeInEcho,
      turn_silence_ms: workflow.turnSilenceMs,
      on_failure: workflow.onFailure,
      on_resume: workflow.onResume,
      routes: workflow.routes,
      on_machine: workflow.onMachine,
      transfer_targets: workflow.transferTargets ?? [],
      created_at: workflow.createdAt.toISOString(),
      updated_at: workflow.updatedAt.toISOString(),
    };
  }

  private async owned(caller: Caller, workflowId: number): Promise<Workflow> {
    const workflow = await this.workflows.findOwned(caller.userId, workflowId);
    if (!workflow) throw notFound('workflow');
    return workflow;
  }

  private async assertSound(onMachine: OnMachine): Promise<void> {
    const sound = soundOf(onMachine);
    const [problem] = sound === null ? [] : await this.sounds.problemsWith([sound]);
    if (problem !== undefined) throw invalidField('on_machine', `is not possible: ${problem}`);
  }

  /** The same rules as for calls that are placed; they are applied again when a call is transferred. */
  private assertTargets(targets: WorkflowFields['transferTargets'] | undefined): void {
    for (const { name, to } of targets ?? []) {
      const problem = this.destinations.problemWith(to);
      if (problem === null) continue;
      throw invalidField('transfer_targets', `has a number for "${name}" that ${problem}`);
    }
  }

  /**
   * Whom the agent transfers to must be among the targets. What is wrong is the change: new options, or
   * targets of which the options that stay still name another.
   */
  private assertNamed(
    workflow: Pick<WorkflowFields, 'agent' | 'agentOptions' | 'transferTargets'>,
    isAgentNew: boolean,
  ): void {
    const { agent, agentOptions, transferTargets } = workflow;
    const names = (transferTargets ?? []).map(({ name }) => name);
    const unknown = this.agents.unknownTargets(agent, agentOptions, names);
    if (unknown.length === 0) return;
    throw invalidFields(
      unknown.map(({ option, target }) =>
        isAgentNew
          ? {
              field: `agent_options.${option}`,
              message: `names "${target}", which is none of the transfer targets`,
            }
          : {
              field: 'transfer_targets',
              message: `must keep "${target}", which agent_options.${option} names`,
            },
      ),
    );
  }

  private async assertAgent(agent: string, options: Record<string, unknown>): Promise<void> {
    if (!this.agents.find(agent)) throw invalidField('agent', 'is not plugged in here');
    // Secrets that stay also count, although the caller has not sent them again.
    if (jsonBytes(options) > OPTIONS_BYTES_MAX) {
      const message = `must be at most ${OPTIONS_BYTES_MAX / 1024} KiB as JSON, secrets included`;
      throw invalidField('agent_options', message);
    }
    const faults = await this.agents.faultsIn(agent, options);
    if (faults.length === 0) return;
    throw invalidFields(
      faults.map(({ option, message }) => ({
        field: option === '' ? 'agent_options' : `agent_options.${option}`,
        message,
      })),
    );
  }

  /** Those to which the agent may pass a call on. They are looked up again when it does. */
  private async assertWorkflows(
    caller: Caller,
    agent: string,
    options: Record<string, unknown>,
  ): Promise<void> {
    const mentions = this.agents.find(agent)?.workflowsIn(options) ?? [];
    const ids = [...new Set(mentions.map(({ workflowId }) => workflowId))];
    const found = await Promise.all(ids.map((id) => this.workflows.findOwned(caller.userId, id)));
    const unknown = new Set(ids.filter((_, index) => found[index] === null));
    const faults = mentions.filter(({ workflowId }) => unknown.has(workflowId));
    if (faults.length === 0) return;
    throw invalidFields(
      faults.map(({ option, workflowId }) => ({
        field: `agent_options.${option}`,
        message: `is ${workflowId}, which is not one of your workflows`,
      })),
    );
  }
}
