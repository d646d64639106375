import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { Ajv, type ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { AgentSettings } from '../../src/agents/agents.variables.js';
import { MenuAgent } from '../../src/agents/menu/menu.agent.js';
import { PIPELINE_SCHEMA } from '../../src/agents/pipeline/pipeline-options.js';
import { Sounds } from '../../src/agents/sounds.js';
import { openApiDocument } from '../../src/operations/docs/openapi.js';
import type { Block } from './blocks.js';
import { valuesOf } from './syntax.js';

const OPTIONS = { strict: false, validateFormats: false, allErrors: true };
const OPENAPI = openApiDocument('0.0.0');

/**
 * What is wrong with the values of a block whose mark names their schema; null: nothing, or there is
 * no such mark.
 */
export function faultOfValues(block: Block): string | null {
  const { schema, excerpt, options } = block.marks;
  const validate =
    schema !== undefined
      ? schemaNamed(schema, OPENAPI)
      : excerpt !== undefined
        ? schemaNamed(excerpt, withoutRequired(OPENAPI))
        : options !== undefined
          ? optionsOf(options)
          : null;
  if (!validate) return null;
  const faults = valuesOf(block).flatMap((value) =>
    validate(value) ? [] : (validate.errors ?? []),
  );
  return faults.length === 0 ? null : new Ajv().errorsText(faults);
}

/** @throws Error for a name that neither document has */
function schemaNamed(name: string, openapi: object): ValidateFunction {
  const [, message] = /^asyncapi\/(\w+)$/.exec(name) ?? [];
  if (message === undefined) {
    const ajv = new Ajv2020(OPTIONS).addSchema(openapi, 'openapi');
    return ajv.compile({ $ref: `openapi#/components/schemas/${name}` });
  }
  const ajv = new Ajv(OPTIONS);
  ajv.addSchema(parse(readFileSync('docs/asyncapi.yaml', 'utf8')) as object, 'asyncapi');
  return ajv.compile({ $ref: `asyncapi#/components/messages/${message}/payload` });
}

/** The same schemas, with no property that must be there. */
function withoutRequired<Tree>(tree: Tree): Tree {
  if (typeof tree !== 'object' || tree === null) return tree;
  if (Array.isArray(tree)) return tree.map((one: unknown) => withoutRequired(one)) as Tree;
  const kept = Object.entries(tree).filter(
    ([key, value]) => key !== 'required' || !Array.isArray(value),
  );
  return Object.fromEntries(
    kept.map(([key, value]) => [key, withoutRequired(value as unknown)]),
  ) as Tree;
}

/** Of agents whose options are more than a page's table can say. */
function optionsOf(agent: string): ValidateFunction {
  if (agent === 'pipeline') return new Ajv(OPTIONS).compile(PIPELINE_SCHEMA);
  if (agent !== 'menu') {
    throw new Error(`options of ${agent} are not looked at; see test/docs/described.ts`);
  }
  const menu = new MenuAgent(
    new Sounds(new AgentSettings({ mediaDir: tmpdir() }), {
      findForCall: () => Promise.resolve(null),
      read: () => Promise.resolve(null),
    }),
  );
  return new Ajv(OPTIONS).compile(menu.optionsSchema);
}
