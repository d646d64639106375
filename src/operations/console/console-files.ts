import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Log } from '../../shared/logger.js';
import { packageRoot } from '../../shared/package-root.js';

/** The files that the build of the front end left in `dist/console`. */
@Injectable()
export class ConsoleFiles implements OnModuleInit {
  /** The directory of the assets. */
  readonly assetDirectory = join(packageRoot(), 'dist', 'console', 'assets');
  private page: string | null = null;
  /** Names carry a hash of the content, and only these are served. */
  private assets: ReadonlySet<string> = new Set();

  constructor(private readonly log: Log) {}

  onModuleInit(): void {
    const page = join(this.assetDirectory, '..', 'index.html');
    if (!existsSync(page)) {
      this.log.warn('console.not_built', { fix: 'npm run build' });
      return;
    }
    this.page = readFileSync(page, 'utf8');
    this.assets = new Set(readdirSync(this.assetDirectory));
  }

  hasAsset(name: string): boolean {
    return this.assets.has(name);
  }

  /**
   * The only page of the front end, or null if it was not built.
   * @param path of the request, below `/console/`; the page's references are relative to it, so that
   *   they work under any path prefix that a proxy may cut off
   * @param nonce of this reply's content security policy
   */
  render(path: string, nonce: string): string | null {
    const depth = path.replace(/^\/console\/?/, '').split('/').length - 1;
    const up = depth === 0 ? './' : '../'.repeat(depth);
    return (
      this.page?.replaceAll('"./assets/', `"${up}assets/`).replaceAll('__NONCE__', nonce) ?? null
    );
  }
}
