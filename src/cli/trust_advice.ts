/**
 * How to make this machine believe the local CA, in lines that can be copied to a shell.
 *
 * @module
 */

import { shellWord } from "./shell_word.ts";

/** Where the CA is trusted, and how: a shell's words, or steps. */
export type TrustStore = readonly [name: string, how: string];

/**
 * The trust stores of this system. `caPath` is the CA's certificate; `platform` is the web's name
 * for the system.
 */
export function trustStores(caPath: string, platform: string = navigator.platform): TrustStore[] {
  return [...systemStores(caPath, platform), ...programStores(caPath)];
}

/** One indented line a store. Ends with a newline. */
export function formatStores(stores: readonly TrustStore[]): string {
  const width = Math.max(...stores.map(([store]) => store.length));
  return stores.map(([store, how]) => `  ${store.padEnd(width)}  ${how}\n`).join("");
}

function systemStores(caPath: string, platform: string): TrustStore[] {
  const ca = shellWord(caPath);
  if (platform.startsWith("Win")) {
    return [["Windows", `certutil -addstore -user Root "${caPath}"`]];
  }
  if (platform.startsWith("Mac")) {
    const keychain = "/Library/Keychains/System.keychain";
    return [["macOS", `sudo security add-trusted-cert -d -r trustRoot -k ${keychain} ${ca}`]];
  }
  const debian = "/usr/local/share/ca-certificates/genkan.crt";
  return [
    ["Debian, Ubuntu", `sudo cp ${ca} ${debian} && sudo update-ca-certificates`],
    ["Fedora, Arch", `sudo trust anchor ${ca}`],
  ];
}

/** Programs that bring their own store, or don't ask the system's. */
function programStores(caPath: string): TrustStore[] {
  return [
    ["Firefox", `Settings > Privacy & Security > View Certificates > Import: ${caPath}`],
    ["Node, Bun", `export NODE_EXTRA_CA_CERTS=${shellWord(caPath)}`],
    ["Deno", `export DENO_CERT=${shellWord(caPath)}`],
  ];
}
