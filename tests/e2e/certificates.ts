/**
 * A certificate for `localhost`, made with the program's own local CA, once for each file of tests.
 *
 * @module
 */

import { Program } from "./program.ts";

/** PEM texts. */
export interface TestCertificate {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

let made: Promise<TestCertificate> | null = null;

/** The CA, and a leaf for `localhost` with its key. */
export function localhostCertificate(): Promise<TestCertificate> {
  return made ??= make();
}

async function make(): Promise<TestCertificate> {
  const folder = await Deno.makeTempDir({ prefix: "genkan-e2e-ca-" });
  try {
    await genkan(["ca", "create", "--folder", folder], folder);
    await genkan(["ca", "issue", "localhost", "--folder", folder], folder);
    const [ca, cert, key] = await Promise.all(
      ["ca.pem", "localhost.pem", "localhost-key.pem"].map((name) =>
        Deno.readTextFile(`${folder}/${name}`)
      ),
    );
    return { ca, cert, key };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function genkan(args: readonly string[], cwd: string): Promise<void> {
  await using program = new Program(args, { cwd });
  const { code } = await program.ended();
  if (code !== 0) {
    throw new Error(`Cannot make certificates: exit code ${code}\n${program.report()}`);
  }
}
