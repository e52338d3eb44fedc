import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LONG_LIFE, PAUSES, Supervisor, type Clock, type Running } from "../src/core/supervisor.ts";

/** A clock that a test moves, and a server that it kills. */
class Scene {
  time = 0;
  readonly timers: { at: number; call: () => void }[] = [];
  readonly servers: Server[] = [];
  readonly states: string[] = [];
  readonly said: string[] = [];
  failures: Error[] = [];
  /** What a start waits for. */
  waiting: Promise<void> = Promise.resolve();

  readonly clock: Clock = {
    now: () => this.time,
    after: (milliseconds, call) => {
      const timer = { at: this.time + milliseconds, call };
      this.timers.push(timer);
      return () => {
        this.timers.splice(this.timers.indexOf(timer), 1);
      };
    },
  };

  readonly supervisor = new Supervisor<Server>(
    async () => {
      const failure = this.failures.shift();
      if (failure !== undefined) {
        throw failure;
      }
      await this.waiting;
      const server = new Server();
      this.servers.push(server);
      return server;
    },
    (text) => this.said.push(text),
    (state) => this.states.push(state.kind === "waiting" ? `waiting ${state.seconds}` : state.kind),
    this.clock,
  );

  async pass(seconds: number): Promise<void> {
    this.time += seconds * 1000;
    for (const timer of this.timers.filter((each) => each.at <= this.time)) {
      this.timers.splice(this.timers.indexOf(timer), 1);
      timer.call();
    }
    await settled();
  }

  async kill(): Promise<void> {
    this.servers.at(-1)?.die("exit code 1");
    await settled();
  }
}

class Server implements Running {
  stopped = false;
  die: (why: string) => void = () => undefined;
  readonly ended = new Promise<string>((resolve) => {
    this.die = resolve;
  });

  stop(): Promise<void> {
    this.stopped = true;
    this.die("stopped");
    return Promise.resolve();
  }
}

async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

describe("the supervisor", () => {
  it("starts one server for all who ask", async () => {
    const scene = new Scene();
    const [one, other] = await Promise.all([scene.supervisor.get(), scene.supervisor.get()]);
    assert.equal(one, other);
    assert.equal(scene.servers.length, 1);
  });

  it("starts one that died again, after longer and longer pauses, and then no more", async () => {
    const scene = new Scene();
    await scene.supervisor.get();
    for (const pause of PAUSES) {
      const before = scene.servers.length;
      await scene.kill();
      assert.equal(scene.states.at(-1), `waiting ${pause}`);
      if (pause > 0) {
        await scene.pass(pause - 0.001);
        assert.equal(scene.servers.length, before);
      }
      await scene.pass(0.001);
      assert.equal(scene.servers.length, before + 1);
    }
    await scene.kill();
    assert.equal(scene.states.at(-1), "failed");
    assert.equal(scene.timers.length, 0);
    assert.match(scene.said.at(-1) ?? "", /exit code 1.*dapshim: Restart/);
    await scene.supervisor.get();
    assert.equal(scene.states.at(-1), "running");
  });

  it("begins to count anew after a long life", async () => {
    const scene = new Scene();
    await scene.supervisor.get();
    await scene.kill();
    await scene.pass(0);
    await scene.kill();
    await scene.pass(1);
    scene.time += LONG_LIFE * 1000;
    await scene.kill();
    assert.equal(scene.states.at(-1), "waiting 0");
  });

  it("does not let who asks wait for the pause", async () => {
    const scene = new Scene();
    await scene.supervisor.get();
    await scene.kill();
    await scene.pass(0);
    await scene.kill();
    assert.equal(scene.states.at(-1), "waiting 1");
    await scene.supervisor.get();
    assert.equal(scene.servers.length, 3);
    await scene.pass(1);
    assert.equal(scene.servers.length, 3);
  });

  it("tells whoever asks why there is none, and tries again when asked again", async () => {
    const scene = new Scene();
    scene.failures = [new Error("no Python")];
    await assert.rejects(scene.supervisor.get(), /no Python/);
    await settled();
    assert.equal(scene.states.at(-1), "failed");
    await scene.supervisor.get();
    assert.equal(scene.states.at(-1), "running");
  });

  it("stops for good", async () => {
    const scene = new Scene();
    const server = await scene.supervisor.get();
    await scene.supervisor.stop();
    await scene.pass(100);
    assert.ok(server.stopped);
    assert.equal(scene.servers.length, 1);
    assert.equal(scene.states.at(-1), "stopped");
  });

  it("stops one that is just starting", async () => {
    const scene = new Scene();
    const starting = scene.supervisor.get();
    await scene.supervisor.stop();
    assert.ok((await starting).stopped);
    assert.equal(scene.states.at(-1), "stopped");
  });

  it("does not start again what was stopped while it waited", async () => {
    const scene = new Scene();
    await scene.supervisor.get();
    await scene.kill();
    await scene.supervisor.stop();
    await scene.pass(100);
    assert.equal(scene.servers.length, 1);
  });

  it("keeps alive what was asked for while another one was being stopped", async () => {
    const scene = new Scene();
    let begin: () => void = () => undefined;
    scene.waiting = new Promise((resolve) => {
      begin = resolve;
    });
    const first = scene.supervisor.get();
    const stopping = scene.supervisor.stop();
    scene.waiting = Promise.resolve();
    const second = await scene.supervisor.get();
    begin();
    await stopping;
    assert.ok((await first).stopped && !second.stopped);
    assert.equal(scene.states.at(-1), "running");
    second.die("exit code 1");
    await settled();
    assert.equal(scene.states.at(-1), "waiting 0");
  });

  it("starts nothing once the window is being closed", async () => {
    const scene = new Scene();
    await scene.supervisor.get();
    await scene.supervisor.close();
    await assert.rejects(scene.supervisor.get(), /being closed/);
    assert.equal(scene.servers.length, 1);
  });

  it("restarts", async () => {
    const scene = new Scene();
    const first = await scene.supervisor.get();
    const second = await scene.supervisor.restart();
    assert.ok(first.stopped && !second.stopped && first !== second);
  });
});
