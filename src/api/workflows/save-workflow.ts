import { Injectable } from '@nestjs/common';
import { AgentRegistry } from '../../agents/agent-registry.js';
import { Sounds } from '../../agents/sounds.js';
import { soundOf } from '../../calls/ledger/on-machine.js';
import { Destinations } from '../../control/destinations.js';
import { invalidField, invalidFields, notFound, Problem } from '../../shared/problem.js';
import { jsonBytes } from '../../shared/validation.js';
import type { Caller } from '../../tenants/api-keys.js';
import { Workflows, type Workflow, type WorkflowFields } from '../../tenants/workflows.js';
import { OPTIONS_BYTES_MAX } from './workflow.dto.js';

/** How often a change is retried when others change the same workflow. */
const UPDATE_ATTEMPTS = 50;

/** Changes workflows to what is possible with the agents, sounds and destinations of this service. */
@Injectable()
export class SaveWorkflow {
  constructor(
    private readonly workflows: Workflows,
    private readonly agents: AgentRegistry,
    private readonly sounds: Sounds,
    private readonly destinations: Destinations,
  ) {}

  /**
   * @param changesOf the workflow as it is; asked again when others change it at the same time
   * @param restoredFrom the version that it becomes again
   * @throws Problem when it is not the caller's, or not possible
   */
  async change(
    caller: Caller,
    workflowId: number,
    changesOf: (workflow: Workflow) => Partial<WorkflowFields>,
    restoredFrom: number | null = null,
  ): Promise<Workflow> {
    for (let attempt = 0; attempt < UPDATE_ATTEMPTS; attempt += 1) {
      const workflow = await this.workflows.findOwned(caller.userId, workflowId);
      if (!workflow) throw notFound('workflow');
      const changes = changesOf(workflow);
      await this.assertPossible(caller.userId, changes, workflow);
      const updated = await this.workflows.update(
        workflow,
        changes,
        caller,
        restoredFrom,
        this.leadsOf(changes, workflow),
      );
      if (updated) return updated;
      // Another request has changed the agent or its options since they were read, or deleted where they lead.
    }
    throw new Problem('conflict', 'The workflow is being changed by others; try again.');
  }

  /**
   * @param userId whose workflow it is
   * @param before what is changed; null: it is new
   * @throws Problem that names the fields which are not possible
   */
  async assertPossible(
    userId: number,
    changes: Partial<WorkflowFields>,
    before: Workflow | null = null,
  ): Promise<void> {
    const { onMachine, onWait, transferTargets } = changes;
    this.assertTargets(transferTargets);
    const isAgentNew = changes.agent !== undefined || changes.agentOptions !== undefined;
    const agent = changes.agent ?? before?.agent ?? '';
    const options = changes.agentOptions ?? before?.agentOptions ?? {};
    if (isAgentNew) {
      await this.assertAgent(agent, options, userId);
      await this.assertWorkflows(agent, options, userId);
    }
    if (isAgentNew || transferTargets !== undefined) {
      const targets = transferTargets === undefined ? before?.transferTargets : transferTargets;
      this.assertNamed(agent, options, targets ?? [], isAgentNew);
    }
    const wait = onWait === undefined ? before?.onWait : onWait;
    if (typeof wait === 'string' && (isAgentNew || onWait !== undefined)) this.assertSays(agent);
    if (onMachine !== undefined) await this.assertSound('on_machine', soundOf(onMachine), userId);
    if (typeof onWait === 'object') {
      await this.assertSound('on_wait', onWait?.sound ?? null, userId);
    }
  }

  /**
   * The workflows to which new options lead, which must not be deleted while they are saved. Those to
   * which options lead that stay are not looked at again.
   */
  leadsOf(changes: Partial<WorkflowFields>, before: Workflow | null = null): number[] {
    if (changes.agent === undefined && changes.agentOptions === undefined) return [];
    const agent = changes.agent ?? before?.agent ?? '';
    const options = changes.agentOptions ?? before?.agentOptions ?? {};
    return this.agents.leadsOf(agent, options).map(({ workflowId }) => workflowId);
  }

  /** An agent that would let the caller wait in silence, where it cannot say the sentence, is no use. */
  private assertSays(agent: string): void {
    if (this.agents.find(agent)?.waits !== 'sound') return;
    const message = `must be {"sound": "name.wav"}: the agent ${agent} cannot say a sentence of yours`;
    throw invalidField('on_wait', message);
  }

  private async assertSound(field: string, sound: string | null, userId: number): Promise<void> {
    const [problem] = sound === null ? [] : await this.sounds.problemsWith([sound], userId);
    if (problem !== undefined) throw invalidField(field, `is not possible: ${problem}`);
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
    agent: string,
    options: Record<string, unknown>,
    targets: NonNullable<WorkflowFields['transferTargets']>,
    isAgentNew: boolean,
  ): void {
    const names = targets.map(({ name }) => name);
    const unknown = this.agents.unknownTargets(agent, options, names);
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

  private async assertAgent(
    agent: string,
    options: Record<string, unknown>,
    userId: number,
  ): Promise<void> {
    if (!this.agents.find(agent)) throw invalidField('agent', 'is not plugged in here');
    // Secrets that stay also count, although the caller has not sent them again.
    if (jsonBytes(options) > OPTIONS_BYTES_MAX) {
      const message = `must be at most ${OPTIONS_BYTES_MAX / 1024} KiB as JSON, secrets included`;
      throw invalidField('agent_options', message);
    }
    const faults = await this.agents.faultsIn(agent, options, userId);
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
    agent: string,
    options: Record<string, unknown>,
    userId: number,
  ): Promise<void> {
    const mentions = this.agents.leadsOf(agent, options);
    const ids = [...new Set(mentions.map(({ workflowId }) => workflowId))];
    const found = await Promise.all(ids.map((id) => this.workflows.findOwned(userId, id)));
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
