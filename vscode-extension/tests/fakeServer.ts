/** A language server as `server.ts` sees it; esbuild puts it in the place of the language client. */

import type { Connection, ConnectionOptions } from "../src/connection.ts";
import type { Greeting } from "../src/core/handshake.ts";

export const fake = {
  greeting: { serverInfo: { name: "dapshim", version: "0.1.0" }, capabilities: { experimental: { dapshim: { protocol: 1 } } } } as Greeting,
  /** Why it does not start; "" when it does. */
  refuses: "",
  answers: new Map<string, (params: never) => unknown>(),
  asked: [] as { method: string; params: unknown }[],
  notified: [] as { method: string; params: unknown }[],
  started: [] as ConnectionOptions[],
  stopped: 0,
  die: (_why: string): void => undefined,
};

export function connect(options: ConnectionOptions): Promise<Connection> {
  if (fake.refuses !== "") {
    return Promise.reject(new Error(fake.refuses));
  }
  fake.started.push(options);
  const ended = new Promise<string>((resolve) => {
    fake.die = resolve;
  });
  return Promise.resolve({
    greeting: fake.greeting,
    located: options.located,
    ended,
    request: (method, params) => {
      fake.asked.push({ method, params });
      const answer = fake.answers.get(method);
      return answer === undefined ? Promise.reject(new Error(`nobody answers ${method}`)) : Promise.resolve(answer(params as never));
    },
    notify: (method, params) => {
      fake.notified.push({ method, params });
    },
    stop: () => {
      fake.stopped += 1;
      fake.die("stopped");
      return Promise.resolve();
    },
  });
}
