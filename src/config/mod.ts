/**
 * Configurations: read from YAML, checked, turned into the model in `model.ts`. There are two
 * front ends, `native/` for genkan's own form and `envoy/` for Envoy's v3 bootstrap; which one reads
 * a file follows from its top-level fields. Both stand on the same steps: text (`source.ts`), a tree
 * with places (`yaml.ts`), a reader that misses no field (`cursor.ts`), checks across fields
 * (`checks.ts`), certificates (`certificates.ts`). Whatever is wrong is collected (`problem.ts`) and
 * thrown as one `ConfigError`.
 *
 * @module
 */

import { ConfigError, FileError, type Problem } from "../errors.ts";
import type { Host } from "../runtime/mod.ts";
import { CertificateLoader } from "./certificates.ts";
import { Cursor } from "./cursor.ts";
import { ENVOY, NATIVE } from "./dialect.ts";
import { FIELDS } from "./envoy/fields.ts";
import { readEnvoy } from "./envoy/mod.ts";
import type { Config } from "./model.ts";
import { NATIVE_FIELDS, readNative } from "./native/mod.ts";
import { Report } from "./problem.ts";
import { decodeSource, fileProblem, SourceText } from "./source.ts";
import { closest } from "./suggest.ts";
import { ALL_SUPPORTED, type TlsSupport } from "./tls_support.ts";
import { parseYaml, type YamlNode } from "./yaml.ts";

export { printNative } from "./print_native.ts";
export { formatProblem } from "./problem.ts";
export type { Problem } from "../errors.ts";
export type * from "./model.ts";

/** What is needed of the outside: files, and the time for the dates of certificates. */
export interface ConfigHost extends Pick<Host, "readFile"> {
  /** Milliseconds since 1970; `Date.now` where it is left out. */
  now?(): number;
  /** What the TLS of the runtime that is to run it can do; all of it where it is left out. */
  readonly supports?: TlsSupport;
}

/** A configuration that can be run. */
export interface LoadedConfig {
  /** With every default filled in, and the text of every certificate. */
  readonly config: Config;
  /** What is allowed but unsafe or soon broken, in the order of the file. */
  readonly warnings: readonly Problem[];
}

/**
 * Reads a configuration file and the certificates that it names. Throws a `ConfigError` with every
 * problem found.
 */
export async function loadConfig(file: string, host: ConfigHost): Promise<LoadedConfig> {
  return await load(decodeSource(file, await readBytes(file, host)), host);
}

/** As `loadConfig`, for text that is at hand; `file` is its name, in whose folder it stands. */
export async function loadConfigText(
  text: string,
  options: { file: string; host: ConfigHost },
): Promise<LoadedConfig> {
  return await load(new SourceText(options.file, text), options.host);
}

async function readBytes(file: string, host: ConfigHost): Promise<Uint8Array> {
  try {
    return await host.readFile(file);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    const message = `Cannot read the configuration: ${error.message}`;
    throw new ConfigError([fileProblem(file, message)]);
  }
}

async function load(source: SourceText, host: ConfigHost): Promise<LoadedConfig> {
  const report = new Report(source);
  const tree = parseYaml(source, report);
  const certificates = new CertificateLoader();
  const context = { certificates, supports: host.supports ?? ALL_SUPPORTED };
  const config = detectFrontEnd(source, tree) === "envoy"
    ? readEnvoy(Cursor.root({ report, dialect: ENVOY }, tree), source.file, context)
    : readNative(Cursor.root({ report, dialect: NATIVE }, tree), source.file, context);
  await certificates.load({
    readFile: (path) => host.readFile(path),
    now: () => host.now?.() ?? Date.now(),
  });
  certificates.checkHosts(config);
  return { config, warnings: report.close() };
}

const EXPECTED = '"listeners" and "clusters" (genkan\'s form), or "static_resources" (Envoy\'s)';

/** By the fields of the top level: each belongs to one form, but for `admin`. */
function detectFrontEnd(source: SourceText, tree: YamlNode): "native" | "envoy" {
  if (tree.kind !== "map") {
    const found = tree.kind === "list" ? "a list" : "plain text";
    const message = `expected a mapping with ${EXPECTED}, found ${found}`;
    throw new ConfigError([source.problem(tree.at, "", message)]);
  }
  const names = (known: readonly string[]) =>
    tree.entries.filter(({ key }) => key !== "admin" && known.includes(key));
  const [native] = names(NATIVE_FIELDS);
  const [envoy] = names(FIELDS.Bootstrap).concat(
    tree.entries.filter(({ key }) => key === "staticResources"),
  );
  if (native !== undefined && envoy !== undefined) {
    const second = native.keyAt > envoy.keyAt ? native : envoy;
    const message =
      `"${native.key}" is of genkan's own form and "${envoy.key}" of Envoy's; use one`;
    throw new ConfigError([source.problem(second.keyAt, second.key, message)]);
  }
  if (native !== undefined) return "native";
  if (envoy !== undefined) return "envoy";
  const [admin] = tree.entries.filter(({ key }) => key === "admin");
  if (admin?.value.kind === "map") return "envoy";
  throw new ConfigError([unknownForm(source, tree)]);
}

function unknownForm(source: SourceText, tree: YamlNode & { kind: "map" }): Problem {
  for (const { key, keyAt } of tree.entries) {
    const meant = closest(key, ["listeners", "clusters", "static_resources"]);
    if (meant !== null) {
      const message = `unknown field, did you mean "${meant}"? Expected ${EXPECTED}`;
      return source.problem(keyAt, key, message);
    }
  }
  const [first] = tree.entries;
  const message = `expected ${EXPECTED}, found neither`;
  return source.problem(first?.keyAt ?? tree.at, "", message);
}
