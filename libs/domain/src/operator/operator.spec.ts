import { given } from '@claviger/testing';
import { operatorDecider } from './operator.js';

const DAY = 24 * 3_600_000;
const resumed = (from: number, to: number) =>
  ({ type: 'ServiceResumed', data: { from: new Date(from).toISOString(), to: new Date(to).toISOString() } }) as const;
const context = { now: 0, report: 'abc' };

describe('the operator stream', () => {
  it('keeps a downtime', () => {
    const state = given(operatorDecider)
      .when({ type: 'ResumeService', from: 1000, to: 61_000 }, context)
      .then(resumed(1000, 61_000));
    expect(state.downtimes).toEqual([{ from: 1000, to: 61_000 }]);
  });

  it('forgets downtimes of more than 180 days ago, which no deletion window reaches', () => {
    const events = [resumed(0, DAY), resumed(100 * DAY, 101 * DAY), resumed(200 * DAY, 201 * DAY)];
    const state = events.reduce(
      (before, event) => operatorDecider.evolve(before, event, 0),
      operatorDecider.initialState,
    );
    expect(state.downtimes.map(({ to }) => to / DAY)).toEqual([101, 201]);
  });

  it('accepts the report that the operator has read', () => {
    given(operatorDecider)
      .when({ type: 'AcceptReport', report: 'abc', kinds: ['clock'], findings: ['f'] }, context)
      .then({ type: 'ReportAccepted', data: { report: 'abc', kinds: ['clock'], findings: ['f'] } });
  });

  it('refuses to accept a report that has changed since, and an empty one', () => {
    given(operatorDecider)
      .when({ type: 'AcceptReport', report: 'old', kinds: ['clock'], findings: ['f'] }, context)
      .thenThrows('PreconditionFailed', /has changed/);
    given(operatorDecider)
      .when({ type: 'AcceptReport', report: 'abc', kinds: [], findings: [] }, context)
      .thenThrows('InvalidKeyState', /nothing to accept/);
  });
});
