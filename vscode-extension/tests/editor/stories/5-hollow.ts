/** A hollow breakpoint: its hover and a page say why; the page's button mends it, and it is hit. */
import { join } from "node:path";

import { copyOfExample, lineOf } from "../places.ts";
import type { Stage, Story } from "../story.ts";
import { programAt, writeLaunch } from "./launch.ts";

async function tell(stage: Stage): Promise<void> {
  const folder = copyOfExample(stage.places, "gowork");
  writeLaunch(folder, [programAt("orders", "services/orders", { args: ["-once"] })]);
  const desk = join(folder, "services", "orders", "desk.go");
  const comment = lineOf(desk, "// serve prices the orders");
  const main = lineOf(join(folder, "services", "orders", "main.go"), "// break: main");
  const { workbench, debugging } = await stage.open(folder);
  await workbench.open("services/orders/main.go");
  await debugging.setBreakpoint(main);
  await workbench.open("services/orders/desk.go");
  await debugging.setBreakpoint(comment);
  await workbench.debug("orders");
  await debugging.untilStopped("main.go", main, 120_000);
  await workbench.open("services/orders/desk.go");
  await debugging.untilGlyph(comment, "hollow");
  console.log(await debugging.gutterHover(comment, /./), await debugging.breakpoints());
  await debugging.gutterMenu(comment, "hollow");
  const page = await workbench.webviewText(/desk\.go/);
  console.log(page);
  await stage.keep(workbench, "story5-why");
}

export const stories: readonly Story[] = [{ number: 5, title: "a hollow breakpoint: the page that says why, its button, a hit", extensions: ["dapshim"], tell }];
