import { describe, expect, test } from 'vitest';
import { namesEtag } from '../../api/negotiation/etag.js';
import { sampleSubmission } from '../samples.js';
import { expectProblem, openApi } from './api-fixture.js';

const json = 'application/json';
const protobuf = 'application/x-protobuf';
const path = '/v1/dag-manager/nodes';

describe('the media type', () => {
  test.each([
    [undefined, json],
    ['', json],
    ['*/*', json],
    ['application/*', json],
    [json, json],
    [protobuf, protobuf],
    ['APPLICATION/X-PROTOBUF', protobuf],
    ['application/json; charset=utf-8', json],
    [`${json}, ${protobuf}`, json],
    [`${protobuf}, ${json}`, protobuf],
    ['application/json; version=2', json],
    ['application/json;odata=verbose', json],
    [`${protobuf};charset=UTF-8`, protobuf],
    [`${protobuf}; messageType="a, b";q=0.9, ${json};q=0.5`, protobuf],
    [`${json};q=0.5, ${protobuf}`, protobuf],
    [`${json};q=0.5, ${protobuf};q=0.4`, json],
    [`*/*;q=0.1, ${protobuf}`, protobuf],
    [`${json};q=0, */*`, protobuf],
    ['application/*;q=0.5, application/json;q=0.4', protobuf],
    ['text/html,application/xhtml+xml,*/*;q=0.8', json],
    // White space may stand around every separator.
    [`${json}; q=0.5, ${protobuf}`, protobuf],
    [`${json} ;q=0.5,${protobuf}`, protobuf],
    [`${json}\t;\tq=0.5\t,\t${protobuf}`, protobuf],
    [`  ${json} ; version=2 ; q=0.5 , ${protobuf} ; Q=0.4  `, json],
    [`${json};version=2; q=0.4, ${protobuf};charset=utf-8 ;q=0.5`, protobuf],
    [`${json}; q=0, */*`, protobuf],
    [`${json}; version=2; q=0, */*`, protobuf],
    ['application/*; q=0, */*', undefined],
    ['*/*; q=0', undefined],
    ['*/*; charset=utf-8; q=0.1', json],
    [`application/*; q=0.2, */*; q=0.9, ${protobuf}; q=0.1`, json],
    [`${protobuf}; text="a\\";q=0, b"; q=0.9, ${json}; q=0.8`, protobuf],
    [`,, ${protobuf} ,`, protobuf],
    ['text/html', undefined],
    [`${json};q=0`, undefined],
    [`${json};q=high`, undefined],
    ['nonsense', undefined],
  ])('the media type of Accept %j is %j', async (accept, expected) => {
    const { get } = await openApi();
    const response = await get(path, accept === undefined ? {} : { accept });
    const [mediaType] = String(response.headers['content-type']).split(';');
    expect(response.statusCode === 406 ? undefined : mediaType).toBe(expected);
  });

  test('a media type that cannot be produced is refused with the available ones', async () => {
    const { get } = await openApi();
    const response = await get(path, { accept: 'text/html' });
    expectProblem(response, 406, 'E_NOT_ACCEPTABLE', { detail: /text\/html/, hint: /json or .*x-protobuf/ });
    expect(response.headers.vary).toMatch(/accept/);
  });
});

describe('an ETag', () => {
  test('an ETag saves an unchanged body, but not a changed one', async () => {
    const { commit, get } = await openApi();
    const before = await get(path);
    const etag = String(before.headers.etag);
    const again = await get(path, { 'if-none-match': etag });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    expect(again.headers).toMatchObject({ etag, vary: 'accept', 'cache-control': 'no-cache' });
    await commit(sampleSubmission({ nodes: 1 }));
    expect((await get(path, { 'if-none-match': etag })).statusCode).toBe(200);
  });

  test('an ETag is the same for the same content on another replica', async () => {
    const [here, there] = [await openApi(), await openApi()];
    for (const api of [here, there]) await api.commit(sampleSubmission({ nodes: 3 }));
    expect((await here.get(path)).headers.etag).toBe((await there.get(path)).headers.etag);
  });

  test('an ETag differs between media types', async () => {
    const { commit, get } = await openApi();
    await commit(sampleSubmission({ nodes: 1 }));
    const [asJson, asProtobuf] = [await get(path, { accept: json }), await get(path, { accept: protobuf })];
    expect(asJson.headers.etag).not.toBe(asProtobuf.headers.etag);
  });

  test.each([
    ['"a"', true],
    ['W/"a"', true],
    ['"b", "a"', true],
    ['*', true],
    ['"b"', false],
    ['a', false],
    ['', false],
    [undefined, false],
  ])('"a" and If-None-Match %j: %j', (header, named) => {
    expect(namesEtag(header, '"a"')).toBe(named);
  });
});

test.each([path, '/status', '/openapi.json'])('HEAD %s has the headers of GET and no body', async (url) => {
  const { app, get } = await openApi();
  const head = await app.inject({ method: 'HEAD', url });
  const whole = await get(url);
  expect([head.statusCode, head.body]).toEqual([200, '']);
  for (const name of ['etag', 'content-type', 'content-length', 'vary']) {
    expect(head.headers[name]).toBe(whole.headers[name]);
  }
});
