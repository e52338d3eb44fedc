import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { handling, harmless } from "../src/core/remedyCommand.ts";

const how = (command: string): string => handling({ title: "x", command }).how;

describe("a remedy", () => {
  it("is the server's where it has a number", () => {
    assert.deepEqual(handling({ title: "x", command: "rm -rf /", number: 3 }), { how: "server", number: 3 });
  });

  it("is a person's where it has no command", () => {
    assert.equal(how(""), "person");
    assert.equal(how("  "), "person");
  });

  it("runs without a shell where every word is known to be harmless", () => {
    assert.deepEqual(harmless(`cd '/home/ann/my shop' && GOARCH=arm64 go build -gcflags="all=-N -l" -tags=a,b -race '-ldflags=-X=main.v=1' -o /tmp/shop .`), {
      directory: "/home/ann/my shop",
      environment: { GOARCH: "arm64" },
      arguments: ["build", "-gcflags=all=-N -l", "-tags=a,b", "-race", "-ldflags=-X=main.v=1", "-o", "/tmp/shop", "."],
    });
    for (const each of [
      "go work use ./lib",
      "go work sync",
      "cd /x && go mod tidy",
      "cd /x && go work vendor",
      "go mod download example.com/a@v1.0.0",
      "go install github.com/go-delve/delve/cmd/dlv@v1.27.1",
      "go install github.com/go-delve/delve/cmd/dlv@latest",
      'cd /x && go test -c -gcflags="all=-N -l" -o /tmp/t .',
      "CGO_ENABLED=0 go build -o x ./cmd/x",
    ]) {
      assert.equal(how(each), "run", each);
    }
  });

  it("is only typed where a word could name a program, or a shell would make more of it", () => {
    for (const each of [
      "go run .",
      "go generate ./...",
      "go test ./...",
      "go env -w GOFLAGS=-toolexec=/tmp/evil",
      "go build -toolexec=/tmp/evil .",
      "go build -ldflags=-extld=/tmp/evil .",
      "go build '-ldflags=-X main.v=1 -extld=/tmp/evil' .",
      "go build '-ldflags=-X=main.v=1 -extldflags=-fuse-ld=/tmp/evil' .",
      `go build "-ldflags=-X=a.b='x' '-linkmode=external'" .`,
      "go build -gcflags=-importcfg=/tmp/evil .",
      "go build -overlay=/tmp/evil.json .",
      "go build -modfile=/tmp/evil.mod .",
      "go build -o -toolexec=x .",
      "go -C /tmp/evil build .",
      "GOFLAGS=-toolexec=/tmp/evil go build .",
      "CC=/tmp/evil go build .",
      "PATH=/tmp/evil go build .",
      "constructor=x go build .",
      "__proto__=x go build .",
      "GOWORK=/tmp/evil go build .",
      "go install example.com/evil@latest",
      "go install github.com/go-delve/delve/cmd/dlv@v1.0.0-evil",
      "go build . ; rm -rf /",
      "go build . && rm -rf /",
      "go build . | sh",
      "go build . > /etc/passwd",
      "go build $(evil)",
      "go build `evil`",
      'go build "$(evil)"',
      'go build "`evil`"',
      "go build $HOME",
      "go build ~/x",
      "go build *",
      "cd sub && go build .",
      "cd /x && cd /y && go build .",
      "cd /x ; go build .",
      "go build .&& x",
      "'g'\"o\"x build .",
      "sudo go build .",
      "dapshim install-dlv --into /",
      "dlv debug .",
    ]) {
      assert.equal(how(each), "type", each);
    }
  });

  it("is only shown where typing it would run it, or would show another text than runs", () => {
    for (const each of ["echo a\nrm -rf x", "echo a\rrm", "echo \u001b[2K", "echo \u202egnp", "a\u0000b", "a\u200bb", "go work use\n./x"]) {
      assert.equal(how(each), "person", JSON.stringify(each));
    }
  });

  it("has dapshim itself install Delve", () => {
    assert.deepEqual(handling({ title: "x", command: "dapshim install-dlv" }), { how: "dapshim", arguments: ["install-dlv"] });
  });
});
