import { Controller, Get, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';

/** Whoever types the bare address is a person: the way to what people look at. */
@Controller()
export class RootController {
  @Get()
  toConsole(@Req() request: Request, @Res() response: Response): void {
    // Relative, and so under whatever prefix the browser sees: from `/pbx`, without a slash at its end,
    // it is `pbx/console/`.
    const [path = ''] = request.originalUrl.split('?', 1);
    const last = path.split('/').at(-1);
    // Not for ever: browsers would remember it of whatever runs at this address next.
    response.redirect(302, last ? `${last}/console/` : 'console/');
  }
}
