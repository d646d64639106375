import { Type } from 'class-transformer';
import { IsOptional } from 'class-validator';
import { IsId, IsWhole } from '../shared/fields.js';

/** The query of a list whose cursor is an id. */
export class PageDto {
  @IsOptional()
  @Type(() => Number)
  @IsWhole(1, 100)
  limit: number = 20;

  /** `next_cursor` of the previous page. */
  @IsOptional()
  @Type(() => Number)
  @IsId()
  cursor?: number;
}

/** For a list of things that are set up: workflows, users and the like. */
export const SET_UP_PAGE = 500;

/** The query of a list of things that are set up, whose cursor is an id. */
export class SetUpPageDto {
  @IsOptional()
  @Type(() => Number)
  @IsWhole(1, SET_UP_PAGE)
  limit: number = SET_UP_PAGE;

  /** `next_cursor` of the previous page. */
  @IsOptional()
  @Type(() => Number)
  @IsId()
  cursor?: number;
}

/**
 * A page of a list, in the shape of the answer.
 * @param found one more than `limit`, where there are more
 */
export function pageJson<T, Cursor>(
  found: readonly T[],
  limit: number,
  json: (item: T) => object,
  cursorOf: (item: T) => Cursor,
): { data: object[]; next_cursor: Cursor | null } {
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return { data: page.map(json), next_cursor: last === undefined ? null : cursorOf(last) };
}
