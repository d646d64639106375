import { Controller, Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';

/** Leads a person who types the bare address to the console. */
@Controller()
export class RootController {
  @Get()
  toConsole(@Req() request: Request, @Res() response: Response): void {
    // The redirect is relative, so it keeps the prefix that the browser sees: from `/pbx`, without a slash at its end,
    // it is `pbx/console/`.
    const [path = ''] = request.originalUrl.split('?', 1);
    const last = path.split('/').at(-1);
    // The redirect is not permanent, because browsers would apply it to what runs at this address next.
    response.redirect(302, last ? `${last}/console/` : 'console/');
  }
}
