/**
 * Gives a program that runs another configuration.
 *
 * @module
 */

import { assertEquals } from "../assert.ts";
import { within } from "./deadline.ts";
import type { Program } from "./program.ts";
import type { Scene } from "./scene.ts";

/** A reload takes well below a second, on a busy machine more. */
const WAIT_MS = 20_000;

/** How the admin answers. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Asks the admin to load the file again; `admin` is where it listens, when that has changed. */
export async function postReload(program: Program, admin = program.admin): Promise<Answer> {
  const asked = fetch(`${admin}/reload`, { method: "POST" });
  const response = await within(WAIT_MS, asked, "the answer to a reload");
  return { status: response.status, text: await response.text() };
}

/** Writes another configuration and has it loaded; gives the answer, which tells what has changed. */
export async function reloadTo(scene: Scene, program: Program, config: string): Promise<string> {
  await scene.write("genkan.yaml", config);
  const { status, text } = await postReload(program);
  assertEquals(status, 200, text);
  return text;
}
