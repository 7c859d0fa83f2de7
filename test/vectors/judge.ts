import type { Driver } from './driver.js';
import type { VectorCase } from './vector-file.js';

export interface Verdict {
  /** Cases taken that may be taken, and refused that must be refused. */
  readonly passed: number;
  /** Cases refused on purpose, each listed with its reason. */
  readonly refused: number;
  /** Everything else, in words. Empty for a green file. */
  readonly failures: readonly string[];
}

/** Runs the cases of a file. A listed refusal that no longer happens, or names no case, is a failure too. */
export async function judge(
  cases: readonly VectorCase[],
  driver: Driver,
  refusals: ReadonlyMap<number, string>,
): Promise<Verdict> {
  const failures: string[] = [];
  const unmet = new Set(refusals.keys());
  let passed = 0;
  let refused = 0;
  for (const test of cases) {
    const outcome = await run(driver, test);
    const listed = unmet.delete(test.tcId);
    const where = `tcId ${test.tcId} (${String(test.fields['comment'])})`;
    if (typeof outcome === 'string') failures.push(`${where}: ${outcome}`);
    else if (test.result === 'invalid') {
      if (outcome) failures.push(`${where}: invalid, but accepted`);
      else if (listed) failures.push(`${where}: listed as a refusal, but it is invalid anyway`);
      else passed++;
    } else if (outcome) {
      if (listed) failures.push(`${where}: listed as refused, but accepted`);
      else passed++;
    } else if (listed) refused++;
    else failures.push(`${where}: ${test.result}, but refused without a listed reason`);
  }
  for (const tcId of unmet) failures.push(`tcId ${tcId}: listed as refused, but there is no such case`);
  return { passed, refused, failures };
}

async function run(driver: Driver, test: VectorCase): Promise<boolean | string> {
  try {
    return await driver(test);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
