import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { RequestMethod, type Type } from '@nestjs/common';
import { Validator } from '@seriousme/openapi-schema-validator';
import { getMetadataStorage } from 'class-validator';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { ApiModule } from '../../src/api/api.module.js';
import {
  CreateCarrierAccountDto,
  UpdateCarrierAccountDto,
} from '../../src/api/accounts/carrier-account.dto.js';
import { PlaceCallDto } from '../../src/api/calls/place-call.dto.js';
import { ListCallsDto } from '../../src/api/calls/list-calls.dto.js';
import { CreateEndpointDto, UpdateEndpointDto } from '../../src/api/events/event-endpoint.dto.js';
import { ClaimNumberDto } from '../../src/api/numbers/phone-numbers.controller.js';
import { CreateUserDto, IssueKeyDto } from '../../src/api/users/users.controller.js';
import { CreateWorkflowDto, UpdateWorkflowDto } from '../../src/api/workflows/workflow.dto.js';
import { EVENT_TYPES } from '../../src/calls/events-out/event-types.js';
import { SignInDto } from '../../src/operations/console/sign-in.dto.js';
import { DocsModule } from '../../src/operations/docs/docs.module.js';
import { DoctorModule } from '../../src/doctor/doctor.module.js';
import { OperationsModule } from '../../src/operations/operations.module.js';
import { TelephonyModule } from '../../src/telephony/telephony.module.js';
import { ApiDescription } from '../support/api-description.js';

const description = new ApiDescription();
const METHODS = new Set(['get', 'post', 'patch', 'delete', 'put']);

const operations = Object.entries(description.at('paths') ?? {}).flatMap(([path, item]) =>
  Object.entries(item)
    .filter(([method]) => METHODS.has(method))
    .map(([method, operation]) => ({ path, method, operation })),
);

/** Every route that the controllers declare, as `get /path/{id}`. */
function routes(): string[] {
  return [TelephonyModule, ApiModule, DoctorModule, OperationsModule, DocsModule]
    .flatMap((module) => Reflect.getMetadata('controllers', module) as Type[])
    .flatMap((controller) => {
      const prefix = Reflect.getMetadata('path', controller) as string;
      const handlers = Object.getOwnPropertyNames(controller.prototype)
        .map((name) => Object.getOwnPropertyDescriptor(controller.prototype, name)?.value as object)
        .filter(
          (handler) => typeof handler === 'function' && Reflect.hasMetadata('method', handler),
        );
      return handlers.flatMap((handler) => {
        const method = RequestMethod[Reflect.getMetadata('method', handler) as number] ?? '';
        return [Reflect.getMetadata('path', handler) as string | string[]].flat().map((path) => {
          const full = `/${prefix}/${path}`.replace(/\/+/g, '/').replace(/(.)\/$/, '$1');
          return `${method.toLowerCase()} ${full.replace(/[:*](\w+)/g, '{$1}')}`;
        });
      });
    });
}

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(structuredClone(description.document));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
  });

  it('has every route, and no other', () => {
    const described = operations.map(({ method, path }) => `${method} ${path}`);
    expect(described.sort()).toEqual(routes().sort());
  });

  it('names every operation once, and tells what it is about', () => {
    const ids = operations.map(({ operation }) => operation['operationId']);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { operation } of operations) expect(operation['summary']).toBeTruthy();
  });

  it.each<[schema: string, body: Type]>([
    ['PlaceCall', PlaceCallDto],
    ['CreateWorkflow', CreateWorkflowDto],
    ['UpdateWorkflow', UpdateWorkflowDto],
    ['ClaimNumber', ClaimNumberDto],
    ['CreateCarrierAccount', CreateCarrierAccountDto],
    ['UpdateCarrierAccount', UpdateCarrierAccountDto],
    ['CreateUser', CreateUserDto],
    ['IssueKey', IssueKeyDto],
    ['CreateEndpoint', CreateEndpointDto],
    ['UpdateEndpoint', UpdateEndpointDto],
    ['SignIn', SignInDto],
  ])(
    '%s has the fields that are validated, and asks for those that must be there',
    (name, body) => {
      const schema = description.at('components', 'schemas', name);
      const { fields, required } = validatedOf(body);
      expect(Object.keys(schema?.['properties'] ?? {}).sort()).toEqual(fields);
      expect([...((schema?.['required'] as unknown as string[]) ?? [])].sort()).toEqual(required);
    },
  );

  it('has the query of the list of calls', () => {
    const parameters = description.at('paths', '/api/v1/telephony/calls', 'get', 'parameters');
    const names = (parameters as unknown as Array<{ name: string }>).map(({ name }) => name);
    expect(names.sort()).toEqual(validatedOf(ListCallsDto).fields);
  });

  it('names the types of events', () => {
    const types = description.at('components', 'schemas', 'CreateEndpoint', 'properties', 'types');
    const { items, maxItems } = types as unknown as {
      items: { enum: string[] };
      maxItems: number;
    };
    expect(items.enum).toEqual(EVENT_TYPES);
    expect(maxItems).toBe(EVENT_TYPES.length);
  });

  it('has examples that its schemas accept', () => {
    const places = examplesIn(description.document, []);
    expect(places.length).toBeGreaterThan(60);
    for (const { keys, example } of places) {
      expect([keys.join(' '), description.problemsOf(example, ...keys)]).toEqual([
        keys.join(' '),
        null,
      ]);
    }
  });

  it('has an example for every JSON body and every reply with one', () => {
    for (const { path, method, operation } of operations) {
      const bodies = [operation['requestBody'], ...Object.values(operation['responses'] ?? {})];
      const described = bodies.flatMap((one) => Object.entries(one?.['content'] ?? {}));
      for (const [type, content] of described) {
        if (!type.includes('json') || !('schema' in content)) continue;
        const has = 'example' in content || 'examples' in content;
        expect([method, path, type, has]).toEqual([method, path, type, true]);
      }
    }
  });
});

describe('the AsyncAPI document', () => {
  const document = parse(readFileSync('docs/asyncapi.yaml', 'utf8')) as Record<string, never>;
  const messages = document['components']?.['messages'] as unknown as Record<
    string,
    { payload: object; examples?: Array<{ payload: unknown }>; contentType?: string }
  >;

  it('is valid AsyncAPI 3.0', async () => {
    const path = 'node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json';
    const schema = JSON.parse(readFileSync(path, 'utf8')) as object;
    const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
    const validate = ajv.compile(schema);
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('has examples that its schemas accept', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'asyncapi');
    for (const [name, { examples = [], contentType }] of Object.entries(messages)) {
      if (contentType === undefined) expect([name, examples.length > 0]).toEqual([name, true]);
      const validate = ajv.compile({ $ref: `asyncapi#/components/messages/${name}/payload` });
      for (const { payload } of examples) {
        validate(payload);
        expect([name, validate.errors ?? []]).toEqual([name, []]);
      }
    }
  });
});

function validatedOf(body: Type): { fields: string[]; required: string[] } {
  const all = getMetadataStorage().getTargetValidationMetadatas(body, '', false, false);
  const fields = new Set(all.map(({ propertyName }) => propertyName));
  const optional = new Set(
    all.filter(({ type }) => type === 'conditionalValidation').map((one) => one.propertyName),
  );
  return {
    fields: [...fields].sort(),
    required: [...fields].filter((name) => !optional.has(name)).sort(),
  };
}

/** Every `example` beside a `schema`, and every value of `examples`. */
function examplesIn(tree: unknown, keys: string[]): Array<{ keys: string[]; example: unknown }> {
  if (typeof tree !== 'object' || tree === null) return [];
  const { schema, example, examples } = tree as Record<string, unknown>;
  const here = [
    ...(example === undefined ? [] : [example]),
    ...Object.values((examples ?? {}) as Record<string, { value: unknown }>).map(
      (one) => one.value,
    ),
  ];
  const found = schema ? here.map((one) => ({ keys: [...keys, 'schema'], example: one })) : [];
  const deeper = Object.entries(tree).flatMap(([key, value]) =>
    key === 'example' || key === 'examples' ? [] : examplesIn(value, [...keys, key]),
  );
  return [...found, ...deeper];
}
