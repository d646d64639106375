import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A link from one page to a file or a heading of the project. */
export interface Link {
  page: string;
  /** As written, such as `limits.md#connections`. */
  target: string;
}

const FENCED = /^ *(`{3,}|~{3,})[^\n]*\n[\s\S]*?\n *\1 *$/gm;
const ELSEWHERE = /^[a-z][a-z+.-]*:/i;

/** The relative links of a page; links to other hosts are left out. */
export function relativeLinks(page: string): Link[] {
  const text = readFileSync(page, 'utf8')
    .replace(FENCED, '')
    .replace(/`[^`\n]*`/g, '');
  const inline = [...text.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g)];
  const defined = [...text.matchAll(/^ *\[[^\]]+\]: *(\S+)/gm)];
  return [...inline, ...defined]
    .map(([, target = '']) => ({ page, target }))
    .filter(({ target }) => !ELSEWHERE.test(target));
}

/** References such as `[text][name]` of which the page has no definition. */
export function undefinedReferences(page: string): Link[] {
  const text = readFileSync(page, 'utf8')
    .replace(FENCED, '')
    .replace(/`[^`\n]*`/g, '');
  const defined = new Set([...text.matchAll(/^ *\[([^\]]+)\]: /gm)].map(([, name]) => name));
  return [...text.matchAll(/\]\[([^\]]+)\]/g)]
    .map(([, target = '']) => ({ page, target }))
    .filter(({ target }) => !defined.has(target));
}

/** Null where the file, and in a page the heading, exists; otherwise what is missing. */
export function missingTarget({ page, target }: Link): 'file' | 'heading' | null {
  const [path = '', heading] = target.split('#');
  const file = path === '' ? page : join(dirname(page), decodeURI(path));
  if (!existsSync(file)) return 'file';
  if (heading === undefined || statSync(file).isDirectory()) return null;
  return headings(file).has(heading) ? null : 'heading';
}

/** The anchors of a page, as GitHub makes them from its headings. */
function headings(page: string): Set<string> {
  const text = readFileSync(page, 'utf8').replace(FENCED, '');
  const anchors = new Set<string>();
  for (const [, title = ''] of text.matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const anchor = anchorOf(title);
    let unique = anchor;
    for (let copy = 1; anchors.has(unique); copy += 1) unique = `${anchor}-${copy}`;
    anchors.add(unique);
  }
  return anchors;
}

function anchorOf(title: string): string {
  return title
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
    .replaceAll(' ', '-');
}
