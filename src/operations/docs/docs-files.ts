import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { packageRoot } from '../../shared/package-root.js';
import { packageVersion } from '../../shared/package-version.js';
import { openApiDocument } from './openapi.js';

/** What `/docs` serves: the built viewer and the two descriptions. */
@Injectable()
export class DocsFiles implements OnModuleInit {
  readonly assetDirectory = join(packageRoot(), 'dist', 'docs');
  private assets: ReadonlySet<string> = new Set();
  private openApiText = '';

  onModuleInit(): void {
    this.openApiText = JSON.stringify(openApiDocument(packageVersion()));
    if (existsSync(this.assetDirectory)) this.assets = new Set(readdirSync(this.assetDirectory));
  }

  get openApi(): string {
    return this.openApiText;
  }

  hasAsset(name: string): boolean {
    return this.assets.has(name);
  }
}
