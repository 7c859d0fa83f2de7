import { evaluate } from './evaluate.js';

const admin = { account: '000000000000', administrator: true, disabled: false };

describe('the decision about access', () => {
  it('is no by default (R-67)', () => {
    expect(evaluate({ ...admin, administrator: false }, 'kms:Encrypt', '000000000000')).toBe('deny');
  });

  it('is yes for an administrator in the own account, and no in another', () => {
    expect(evaluate(admin, 'kms:Encrypt', '000000000000')).toBe('allow');
    expect(evaluate(admin, 'kms:Encrypt', '111111111111')).toBe('deny');
  });

  it('is no for a disabled principal, and for an action without a name', () => {
    expect(evaluate({ ...admin, disabled: true }, 'kms:Encrypt', '000000000000')).toBe('deny');
    expect(evaluate(admin, '', '000000000000')).toBe('deny');
  });
});
