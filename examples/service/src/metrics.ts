import type { Registry } from 'prom-client';

import { answerError, HttpError } from './answer.ts';
import type { Handler } from './service.ts';
import type { Users } from './users.ts';

/** Answers the scrapes of Prometheus on `/metrics`, to everybody who has a token: they tell how much is stored by whom. */
export function metricsHandler(register: Registry, users: Users): Handler {
  return (request, response) => {
    if (request.url !== '/metrics') return false;
    if (users.of(request) === undefined) {
      answerError(response, new HttpError(401, 'UNAUTHORIZED', { 'www-authenticate': 'Bearer' }));
      return true;
    }
    register.metrics().then(
      (text) => response.writeHead(200, { 'content-type': register.contentType }).end(text),
      (error: unknown) => answerError(response, error),
    );
    return true;
  };
}
