import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { branded, isWorldId } from '../../../domain/base/ids.js';
import {
  downgradeReasons,
  evaluateSafeMode,
  executionDomains,
  parseExecutionDomain,
  resolveContext,
} from '../../../domain/context/execution-context.js';

const worldId = branded('w1', isWorldId);

describe('names of a domain', () => {
  test.each([
    [
      'backtest',
      ['backtest', 'backtesting', 'compute', 'compute-only', 'offline', 'sandbox', 'validate', 'validation'],
    ],
    [
      'dryrun',
      [
        'dryrun',
        'dry-run',
        'paper',
        'paper-trade',
        'paper-trading',
        'paper-mode',
        'sim',
        'simulation',
        'simulated',
      ],
    ],
    ['live', ['live', 'prod', 'production']],
    ['shadow', ['shadow']],
  ])('the domain %s has its names in every spelling', (domain, names) => {
    const forms = names.flatMap((name) => [
      name,
      name.toUpperCase(),
      ` ${name} `,
      name.replaceAll('-', '_'),
      name.replaceAll('-', ' '),
    ]);
    expect(forms.filter((form) => parseExecutionDomain(form) !== domain)).toEqual([]);
  });

  test.each(['', ' ', 'default', 'lives', 'liveprod', 'staging', '__proto__', 'constructor'])(
    '%j is not the name of a domain',
    (name) => {
      expect(parseExecutionDomain(name)).toBeUndefined();
    },
  );
});

describe('safe mode', () => {
  test.each([
    [undefined, undefined, 'decision_unavailable'],
    [undefined, '2025-01-01', 'decision_unavailable'],
    ['', '2025-01-01', 'decision_unavailable'],
    ['nonsense', '2025-01-01', 'decision_unavailable'],
    ['backtest', undefined, 'missing_as_of'],
    ['backtest', '  ', 'missing_as_of'],
    ['dryrun', '', 'missing_as_of'],
    ['paper', undefined, 'missing_as_of'],
  ])('domain %j with as_of %j is demoted: %s', (domain, asOf, reason) => {
    expect(evaluateSafeMode({ domain, asOf })).toEqual({ domain: 'backtest', downgraded: true, reason });
  });

  test.each([
    ['backtest', '2025-01-01', 'backtest'],
    ['dryrun', '2025-01-01', 'dryrun'],
    ['live', undefined, 'live'],
    ['live', '2025-01-01', 'live'],
    ['prod', undefined, 'live'],
    ['shadow', undefined, 'shadow'],
  ])('domain %j with as_of %j stays', (domain, asOf, expected) => {
    expect(evaluateSafeMode({ domain, asOf })).toEqual({ domain: expected, downgraded: false });
  });

  test('a stale decision demotes every domain', () => {
    for (const domain of executionDomains) {
      expect(evaluateSafeMode({ domain, asOf: 'x', stale: true })).toEqual({
        domain: 'backtest',
        downgraded: true,
        reason: 'stale_decision',
      });
    }
  });

  test('a demotion always leads to backtest with a known reason, and nothing else has a reason', () => {
    const domain = fc.option(fc.constantFrom('', 'x', 'live', 'dryrun', 'shadow', 'backtest'), {
      nil: undefined,
    });
    const asOf = fc.constantFrom(undefined, '', 'x');
    fc.assert(
      fc.property(fc.record({ domain, asOf, stale: fc.boolean() }), (decision) => {
        const { domain: result, downgraded, reason } = evaluateSafeMode(decision);
        expect(downgraded ? downgradeReasons : [undefined]).toContain(reason);
        expect(result).toBe(downgraded ? 'backtest' : decision.domain);
      }),
    );
  });
});

describe('contexts', () => {
  test('as_of is kept as given in live and shadow, and empty when there is none', () => {
    expect(resolveContext({ worldId, domain: 'live', asOf: ' 2025 ' })).toEqual({
      worldId,
      domain: 'live',
      asOf: '2025',
      partition: '',
    });
    expect(resolveContext({ worldId, domain: 'shadow' }).asOf).toBe('');
  });

  test('a demotion is flagged with its reason', () => {
    expect(resolveContext({ worldId, domain: 'sim', partition: 'p0' })).toEqual({
      worldId,
      domain: 'backtest',
      asOf: '',
      partition: 'p0',
      downgradeReason: 'missing_as_of',
    });
  });
});
