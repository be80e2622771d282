/**
 * The import rule, as a plugin of `deno lint`: which room of `src/` may import which, who may name
 * a package, and where the runtimes' globals may appear. The tables are the documentation; the
 * rule reads syntax trees, so a name in a comment or a string is not taken for a use.
 *
 * @module
 */

const CODECS = ["errors", "runtime", "http", "http1", "http2", "proxy_protocol"];
const SESSION = [...CODECS, "tls", "observe", "session"];
const UPSTREAM = [...SESSION, "upstream"];
const PROXY = [...UPSTREAM, "proxy"];
const SERVER = [...PROXY, "config", "server"];

/** Each room, and the rooms it may import. `src/errors.ts` is the room `errors`. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  runtime: ["errors"],
  http: ["errors"],
  http1: ["errors", "http"],
  http2: ["errors", "http"],
  tls: ["errors", "runtime", "http"],
  proxy_protocol: ["errors", "runtime", "tls"],
  observe: ["errors", "runtime", "http"],
  config: ["errors", "runtime", "tls"],
  session: CODECS,
  upstream: SESSION,
  proxy: UPSTREAM,
  server: [...PROXY, "config"],
  admin: ["errors", "runtime", "observe"],
  cli: [...SERVER, "admin"],
  main: ["runtime", "cli"],
  worker: ["runtime", "server"],
};

/** Files that every room may import, but for their types only. */
export const TYPES_FOR_ANYONE: readonly string[] = ["config/model.ts", "admin/view.ts"];

/** Packages, and the rooms that may import them. What stands nowhere is for tests alone. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  "@optique/core": ["cli"],
  "@peculiar/asn1-schema": ["tls"],
  "@peculiar/asn1-x509": ["tls"],
  "@peculiar/x509": ["tls"],
  "fast-check": [],
  "hono": ["admin"],
  "reflect-metadata": ["tls"],
  "yaml": ["config"],
};

/** The adapters, which the entry points pick from: nobody else names them. */
export const ADAPTERS: readonly string[] = ["runtime/deno.ts", "runtime/bun.ts"];

/** The rooms of one file that the program begins with, in its first thread and in the others. */
const ENTRY_POINTS: readonly string[] = ["main", "worker"];

/** A runtime's own global, and the one file that may use it. */
export const GLOBALS: Readonly<Record<string, string>> = {
  Deno: "src/runtime/deno.ts",
  Bun: "src/runtime/bun.ts",
};

/** The files that may import a built-in `node:` module. */
export const NODE_FILES: readonly string[] = [
  "src/runtime/node_files.ts",
  "src/runtime/node_tls.ts",
];

/** The sandbox's configurations, which are part of the program as texts. */
const SANDBOX_TEXTS = /^configs\/(?:[^/]+\/)?[^/]+\.yaml$/;

/** An import as it stands in a file. */
export interface Import {
  /** What it names, such as `../http/mod.ts` or `hono/cors`. */
  readonly specifier: string;
  /** True for `import type`, `export type` and `import("…")` in a type. */
  readonly typeOnly: boolean;
}

/**
 * Says what is wrong with an import; null when nothing is. `file` is the path from the
 * repository's root with forward slashes. Only `main.ts` and the files of `src/` are bound.
 */
export function importFault(file: string, { specifier, typeOnly }: Import): string | null {
  const room = roomOf(file);
  if (room === null) return null;
  if (specifier.startsWith("node:")) {
    if (NODE_FILES.includes(file)) return null;
    return `Cannot import ${specifier}: only ${NODE_FILES.join(" and ")} may`;
  }
  if (!specifier.startsWith(".")) return packageFault(room, specifier);
  const target = resolve(file, specifier);
  const targetRoom = roomOf(target);
  if (room === "cli" && SANDBOX_TEXTS.test(target)) return null;
  if (targetRoom === null) {
    return `Cannot import ${specifier}: src/ and main.ts import nothing outside src/`;
  }
  const inside = target.slice("src/".length);
  if (ADAPTERS.includes(inside) && !ENTRY_POINTS.includes(room)) {
    return `Cannot import ${specifier}: only main.ts and src/worker.ts name a runtime adapter`;
  }
  if (room === targetRoom || (typeOnly && TYPES_FOR_ANYONE.includes(inside))) return null;
  const allowed = Object.hasOwn(MAY_IMPORT, room) ? MAY_IMPORT[room] : null;
  if (allowed === null) return `Cannot import ${specifier}: the room ${room} is not in the table`;
  if (allowed.includes(targetRoom)) {
    return targetRoom !== "runtime" || ENTRY_POINTS.includes(room) || inside === "runtime/mod.ts"
      ? null
      : `Cannot import ${specifier}: of runtime, other rooms import mod.ts only`;
  }
  const list = allowed.length === 0 ? "nothing" : allowed.join(", ");
  return `Cannot import ${specifier}: ${room} may import ${list}, not ${targetRoom}`;
}

/** Says what is wrong with the use of a runtime's global; null when nothing is. */
export function globalFault(file: string, name: string): string | null {
  const home = Object.hasOwn(GLOBALS, name) ? GLOBALS[name] : null;
  if (home === null || home === file || roomOf(file) === null) return null;
  return `Cannot use the global ${name}: only ${home} may`;
}

function packageFault(room: string, specifier: string): string | null {
  const parts = specifier.split("/");
  const name = specifier.startsWith("@") ? parts.slice(0, 2).join("/") : parts[0];
  const rooms = Object.hasOwn(PACKAGES, name) ? PACKAGES[name] : null;
  if (rooms === null) {
    return `Cannot import ${specifier}: not a package of scripts/check_imports.ts's table`;
  }
  if (rooms.includes(room)) return null;
  return `Cannot import ${specifier}: only ${rooms.length === 0 ? "tests" : rooms.join(", ")} may`;
}

function roomOf(file: string): string | null {
  if (file === "main.ts") return "main";
  const parts = file.split("/");
  if (parts[0] !== "src" || parts.length < 2) return null;
  return parts.length === 2 ? parts[1].replace(/\.ts$/, "") : parts[1];
}

function resolve(file: string, specifier: string): string {
  return new URL(specifier, `file:///${file}`).pathname.slice(1);
}

const ROOT = new URL("../", import.meta.url);

/** The plugin that deno.json names: rule `genkan/imports`. */
const plugin: Deno.lint.Plugin = {
  name: "genkan",
  rules: {
    imports: {
      create(context) {
        const file = new URL(`file://${context.filename.replaceAll("\\", "/")}`).href
          .replace(ROOT.href, "");
        const report = (node: Deno.lint.Node, message: string | null) => {
          if (message !== null) context.report({ node, message });
        };
        const importing = (node: Deno.lint.Node, specifier: unknown, typeOnly: boolean) => {
          report(
            node,
            typeof specifier === "string"
              ? importFault(file, { specifier, typeOnly })
              : computedFault(file),
          );
        };
        return {
          ImportDeclaration(node) {
            importing(node, node.source.value, onlyTypes(node));
          },
          ExportAllDeclaration(node) {
            importing(node, node.source.value, node.exportKind === "type");
          },
          ExportNamedDeclaration(node) {
            if (node.source) importing(node, node.source.value, node.exportKind === "type");
          },
          ImportExpression(node) {
            importing(node, node.source.type === "Literal" ? node.source.value : null, false);
          },
          TSImportType(node) {
            const argument = node.argument;
            if (argument.type !== "TSLiteralType") return;
            importing(node, (argument.literal as Deno.lint.StringLiteral).value, true);
          },
          Identifier(node) {
            if (namesGlobal(node)) report(node, globalFault(file, node.name));
          },
        };
      },
    },
  },
};

export default plugin;

function computedFault(file: string): string | null {
  return roomOf(file) === null
    ? null
    : "Cannot check a computed import: write the file's name as a plain string";
}

/** True for `import type { A }` and for `import { type A }`. */
function onlyTypes(node: Deno.lint.ImportDeclaration): boolean {
  return node.importKind === "type" ||
    (node.specifiers.length > 0 &&
      node.specifiers.every((part) =>
        part.type === "ImportSpecifier" && part.importKind === "type"
      ));
}

/** False where the name is a property or a key: `x.Deno`, `{ Deno: 1 }`. */
function namesGlobal(node: Deno.lint.Identifier): boolean {
  const parent = node.parent;
  switch (parent.type) {
    case "MemberExpression":
      return parent.computed || !sameNode(parent.property, node) ||
        (parent.object.type === "Identifier" && parent.object.name === "globalThis");
    case "Property":
    case "PropertyDefinition":
    case "MethodDefinition":
      return parent.computed || !sameNode(parent.key, node);
    case "TSPropertySignature":
    case "TSMethodSignature":
      return false;
    default:
      return true;
  }
}

function sameNode(a: Deno.lint.Node, b: Deno.lint.Node): boolean {
  return a.range[0] === b.range[0] && a.range[1] === b.range[1];
}
