import { isDeepStrictEqual } from 'node:util';
import type { AgentRegistry } from '../../agents/agent-registry.js';
import { changesBetween, type Content } from '../../tenants/workflow-changes.js';
import { namedAsInApi, type WorkflowVersion } from '../../tenants/workflow-versions.js';

type Agents = Pick<AgentRegistry, 'shownOf' | 'secretsOf'>;

/** A version as our API shows it in a list. */
export function versionJson(version: WorkflowVersion) {
  const { madeBy } = version;
  return {
    workflow_id: version.workflowId,
    version: version.version,
    changed: version.changed,
    made_by: madeBy && {
      user_id: madeBy.userId,
      key_id: madeBy.keyId,
      key_name: madeBy.keyName,
    },
    restored_from: version.restoredFrom,
    created_at: version.createdAt.toISOString(),
  };
}

/** What differs between two versions, by the names of the API. Of a secret option only that it differs is told. */
export function changesJson(before: Content, after: Content, agents: Agents) {
  const [old, young] = [partsOf(before, agents), partsOf(after, agents)];
  const secrets = new Set([...Object.keys(young.secrets), ...Object.keys(old.secrets)]);
  return [
    ...changesBetween(old.shown, young.shown).map(({ path, before: was, after: is }) => ({
      field: path.join('.'),
      kind: kindOf(was, is),
      before: was ?? null,
      after: is ?? null,
      secret: false,
    })),
    ...[...secrets]
      .filter((name) => !isDeepStrictEqual(old.secrets[name], young.secrets[name]))
      .map((name) => ({
        field: `agent_options.${name}`,
        kind: kindOf(old.secrets[name], young.secrets[name]),
        before: null,
        after: null,
        secret: true,
      })),
  ];
}

function partsOf(fields: Content, agents: Agents): { shown: Content; secrets: Content } {
  const agent = String(fields['agent']);
  const options = (fields['agentOptions'] ?? {}) as Content;
  const shown = namedAsInApi({ ...fields, agentOptions: agents.shownOf(agent, options) });
  return { shown, secrets: agents.secretsOf(agent, options) };
}

function kindOf(before: unknown, after: unknown): 'added' | 'removed' | 'changed' {
  if (before === undefined) return 'added';
  return after === undefined ? 'removed' : 'changed';
}
