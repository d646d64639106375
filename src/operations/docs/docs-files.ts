import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { packageRoot } from '../../shared/package-root.js';
import { openApiDocument } from './openapi.js';

/** What `/docs` serves: the built viewer and the two descriptions. */
@Injectable()
export class DocsFiles implements OnModuleInit {
  readonly assetDirectory = join(packageRoot(), 'dist', 'docs');
  private assets: ReadonlySet<string> = new Set();
  private openApiText = '';

  onModuleInit(): void {
    const root = packageRoot();
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      version: string;
    };
    this.openApiText = JSON.stringify(openApiDocument(version));
    if (existsSync(this.assetDirectory)) this.assets = new Set(readdirSync(this.assetDirectory));
  }

  get openApi(): string {
    return this.openApiText;
  }

  hasAsset(name: string): boolean {
    return this.assets.has(name);
  }
}
