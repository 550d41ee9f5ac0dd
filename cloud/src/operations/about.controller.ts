import { Controller, Get, Inject } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { Answers } from '../platform/http/index.ts';
import { aboutSchema } from './operations.schemas.ts';
import { OperationsService } from './operations.service.ts';

@Controller('about')
export class AboutController {
  readonly #operations: OperationsService;

  constructor(@Inject(OperationsService) operations: OperationsService) {
    this.#operations = operations;
  }

  @Get()
  @ApiOperation({ summary: 'Which hub this is', operationId: 'about' })
  @Answers(aboutSchema, { description: 'Name, version and time of the hub' })
  about() {
    return this.#operations.about();
  }
}
