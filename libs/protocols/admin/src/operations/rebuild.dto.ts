import { type RebuildStatus, REBUILT_VIEWS, type RebuiltView } from '@claviger/application';
import { KmsError } from '@claviger/domain';
import { Param, type PipeTransform } from '@nestjs/common';
import { ApiParam, ApiProperty } from '@nestjs/swagger';

export class RebuildDto {
  @ApiProperty({ enum: [...REBUILT_VIEWS] })
  view!: string;

  @ApiProperty({ enum: ['never', 'running', 'done', 'failed'] })
  state!: string;

  @ApiProperty({ type: 'integer', description: 'How far it is.' })
  done!: number;

  @ApiProperty({ type: 'integer', description: 'How far it has to come.' })
  of!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  startedAt!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  endedAt!: string | null;
}

const iso = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

export const rebuildDto = ({ view, state, done, of, startedAt, endedAt }: RebuildStatus): RebuildDto => ({
  view,
  state,
  done,
  of,
  startedAt: iso(startedAt),
  endedAt: iso(endedAt),
});

class ViewPipe implements PipeTransform<string, RebuiltView> {
  transform(text: string): RebuiltView {
    const view = REBUILT_VIEWS.find((known) => known === text);
    if (view !== undefined) return view;
    throw new KmsError('Validation', `view must be one of ${REBUILT_VIEWS.join(', ')}.`, { argument: 'view' });
  }
}

export const ViewParam = (): ParameterDecorator => Param('view', new ViewPipe());
export const ApiViewParam = (): MethodDecorator =>
  ApiParam({ name: 'view', description: 'Read model.', schema: { type: 'string', enum: [...REBUILT_VIEWS] } });
